"""The first screen of a liaison: what to do today, on a phone, before the next door."""

import datetime as dt
from dataclasses import dataclass

from accounts import office
from dashboards.queries import roster, work
from feedback.models import Concern
from surveys.models import Invitation, Wave

# "Today" looks this many days ahead, so that Friday sees Monday.
AHEAD_DAYS = 3


@dataclass
class Day:
    """Everything on the page."""

    rows: list
    actions: list
    later: int
    visits: list
    concerns: list
    silent: list


def of_liaison(user, *, now):
    """The Day of this user."""
    today = office.local_date(now)
    rows, _evidence = roster.everybody(user, now=now)
    actions = list(work.own_actions(user).select_related("agency"))
    soon = [row for row in actions if row.due_on <= today + dt.timedelta(days=AHEAD_DAYS)]
    return Day(
        rows=sorted(rows, key=roster.SORTS["call"]),
        actions=sorted(soon, key=lambda row: (row.due_on, row.pk)),
        later=len(actions) - len(soon),
        visits=sorted((row for row in rows if row.facts.is_visit_overdue), key=_since_visit),
        concerns=undisposed(user),
        silent=silent_people(user),
    )


def _since_visit(row):
    """Never visited first, then the longest ago."""
    return (row.facts.last_visit_on or dt.date.min, row.name)


def undisposed(user):
    """Concerns of the user's agencies that nobody disposed of, oldest first."""
    waiting = Concern.objects.visible_to(user).undisposed()
    return list(waiting.select_related("agency", "raised_by").order_by("raised_at"))


def silent_people(user):
    """Invited to an open wave and not answered yet: whom to phone."""
    return list(
        Invitation.objects.visible_to(user)
        .filter(
            wave__state=Wave.State.OPEN, revoked_at=None, person__left_on=None,
            response__submitted_at=None,
        )
        .select_related("person", "agency", "wave")
        .order_by("wave__closes_on", "agency__name", "person__name")
    )  # fmt: skip
