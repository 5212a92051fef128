"""Who was asked, who answered, who is silent, and what goes out next."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import office
from agencies.models import Agency
from agencies.queries import primary_liaisons
from crm_portal import charts
from crm_portal.lib.worded import worded_once
from outbox.models import Letter
from surveys.audience import audience
from surveys.models import Invitation, Response, ResponseTally, Wave
from surveys.schedule import steps


@dataclass(frozen=True)
class Rates:
    """How many people and agencies were asked, and how many of them answered."""

    people: int = 0
    people_heard: int = 0
    agencies: int = 0
    agencies_heard: int = 0

    @property
    def share(self):
        return charts.share_words(self.people_heard, self.people)

    @property
    def agency_share(self):
        return charts.share_words(self.agencies_heard, self.agencies)

    @property
    def silent(self):
        return self.people - self.people_heard


def rates(waves, user):
    """{wave's pk: Rates}, of the agencies that the user sees."""
    rows = (
        ResponseTally.objects.filter(wave__in=waves, invited__gt=0)
        .visible_to(user)
        .values("wave")
        .annotate(
            people=Sum("invited"),
            people_heard=Sum("responded"),
            agencies=Count("pk"),
            agencies_heard=Count("pk", filter=Q(responded__gt=0)),
        )
    )
    return {row.pop("wave"): Rates(**row) for row in rows.order_by()}


def rates_of(wave, user):
    return rates([wave], user).get(wave.pk, Rates())


def silent_agencies(wave, user):
    """Tallies of the agencies from which nobody has answered, those of the first tier first."""
    return (
        ResponseTally.objects.filter(wave=wave, responded=0, invited__gt=0)
        .visible_to(user)
        .select_related("agency")
        .order_by("agency__tier", "agency__name")
    )


def add_people(wave, tallies, today):
    """Give each silent agency its `liaison` and the `people` who were asked."""
    ids = [tally.agency_id for tally in tallies]
    liaisons = primary_liaisons(ids, today)
    people = {}
    rows = Invitation.objects.filter(wave=wave, agency__in=ids, revoked_at=None)
    for invitation in rows.select_related("person").order_by("person__name"):
        people.setdefault(invitation.agency_id, []).append(invitation.person)
    for tally in tallies:
        tally.liaison = liaisons.get(tally.agency_id)
        tally.people = people.get(tally.agency_id, [])


def invited(wave, user):
    """Invitations with what became of them."""
    return (
        Invitation.objects.filter(wave=wave)
        .visible_to(user)
        .select_related("person", "agency", "response")
        .order_by("agency__name", "person__name", "pk")
    )


def add_care(invitations, today):
    """Give each invitation the `liaison` of its agency, and `refused`: why the last letter with
    the link did not arrive, "" if it did or is on its way."""
    liaisons = primary_liaisons([row.agency_id for row in invitations], today)
    letters = (
        Letter.objects.about("survey", [f"invitation:{row.pk}" for row in invitations])
        .filter(kind__in=["invitation", "reminder"], state__in=["sent", "failed"])
        .order_by("done_at")
    )
    last = {letter.subject: letter for letter in letters.only("subject", "state", "reason")}
    for row in invitations:
        letter = last.get(f"invitation:{row.pk}")
        row.liaison = liaisons.get(row.agency_id)
        row.refused = letter.reason if letter and letter.state == Letter.State.FAILED else ""


def next_steps(wave, now):
    """The letters still to come to those who stay silent, counted from the opening."""
    if wave.state not in (Wave.State.DRAFT, Wave.State.OPEN):
        return []
    calendar = office.calendar()
    opens_at = wave.opened_at or calendar.opening(wave.opens_on)
    last = calendar.closing(wave.closes_on)
    plan = steps(invited_at=opens_at, reminder_days=wave.reminder_days, calendar=calendar)
    return [step for step in plan if now < step.due_at <= last]


def pace(wave, previous, user, today):
    """A picture of the answers day by day, with the last wave behind it."""
    days = (wave.closes_on - wave.opens_on).days
    current = _by_day(wave, user, until=min(today, wave.closes_on))
    before = _by_day(previous, user, until=previous.closes_on) if previous is not None else []
    total = max([count for _day, count in [*current, *before]], default=0)
    label = _pace_in_words(current, dict(before), days)
    return charts.pace(current, before, days=days, total=total, label=label)


def _pace_in_words(current, before, days):
    day, count = current[-1] if current else (0, 0)
    said = ngettext(
        "%(count)d answer by day %(day)d of %(days)d.",
        "%(count)d answers by day %(day)d of %(days)d.",
        count,
    )
    if day in before:
        said += " " + _("The last survey had %(before)d by then.")
    return said % {"count": count, "day": day, "days": days, "before": before.get(day)}


def _by_day(wave, user, *, until):
    """(day of the wave, answers up to it) for each day."""
    rows = (
        Response.objects.submitted()
        .filter(wave=wave)
        .visible_to(user)
        .annotate(day=TruncDate("submitted_at", tzinfo=office.zone()))
        .values("day")
        .annotate(count=Count("pk"))
        .order_by()
    )
    counts = {row["day"]: row["count"] for row in rows}
    length = (until - wave.opens_on).days
    total, series = 0, []
    for number in range(length + 1):
        total += counts.get(wave.opens_on + dt.timedelta(number), 0)
        series.append((number, total))
    return series


def audience_size(wave):
    """(people, agencies) whom the wave would ask today."""
    counted = audience(wave).aggregate(people=Count("pk"), agencies=Count("agency", distinct=True))
    return counted["people"], counted["agencies"]


@worded_once
def agencies_of(reader, *, wave):
    """(pk, name) of those that were asked in the wave (pk) and that the reader sees."""
    asked = ResponseTally.objects.filter(wave=wave).values("agency")
    seen = Agency.objects.visible_to(reader.user).filter(pk__in=asked)
    return seen.order_by("name").values_list("pk", "name")


def response_rows(wave, user):
    """Sent responses for an export, agency by agency."""
    return (
        Response.objects.submitted()
        .filter(wave=wave)
        .visible_to(user)
        .select_related("agency", "invitation__person")
        .annotate(person_name=F("invitation__person__name"))
        .order_by("agency__name", "person_name", "pk")
    )
