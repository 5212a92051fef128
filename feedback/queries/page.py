"""What a concern's page offers: the next right step for this user."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission
from feedback.models import Action, Concern, ReportBack
from feedback.queries import story
from feedback.services.report_back import can_be_asked
from outbox.models import Letter

SAVED_ACTION = _("The action is open, and its owner will be reminded before it is due.")
SAVED_WORDS = _("Your answer is on record, and a letter to whom raised it is on its way.")
SAVED_ASK = _("A letter is on its way: it tells what was done and asks whether it helped.")


@dataclass
class Step:
    """`name` is answer, work, ask, wait or end; the page has a section for each."""

    name: str
    may_answer: bool
    may_work: bool
    action: Action | None = None
    waits_for: Any = None
    # Why they have to be told by hand.
    why: str = ""


def next_step(concern, actions, report_backs, letters, user):
    """What should happen next, whoever may do it."""
    return Step(
        may_answer=user.may(Permission.CONCERN_WORK) and concern.state != Concern.State.FIXED,
        may_work=user.may(Permission.ACTION_WORK),
        **_what_is_next(concern, actions, report_backs, letters, user),
    )


def _what_is_next(concern, actions, report_backs, letters, user):
    if concern.state == Concern.State.NEW:
        return {"name": "answer"}
    if concern.state == Concern.State.FIXED:
        return {"name": "end"}
    still_open = [action for action in actions if action.state == Action.State.OPEN]
    if still_open:
        # One's own first, then the one that is due first.
        still_open.sort(key=lambda action: (action.owner_id != user.pk, action.due_on, action.pk))
        return {"name": "work", "action": still_open[0]}
    newest = report_backs[-1] if report_backs else None
    if newest is None or newest.superseded_at is not None or newest.verdict == "not_fixed":
        return {"name": "ask", "why": _unreachable(concern.raised_by)}
    if newest.verdict:
        return {"name": "end", "waits_for": newest}
    if why := _not_asked(newest, letters):
        return {"name": "ask", "why": why}
    return {"name": "wait", "waits_for": newest}


def _unreachable(person):
    """Why no letter reaches them; "" where one does."""
    if person is None:
        return _("Nobody is named as having raised this.")
    if can_be_asked(person):
        return ""
    return _("No letter reaches %(name)s: they have left, or have no address.") % {"name": person}


def _not_asked(report_back: ReportBack, letters):
    """Why no verdict can be awaited; "" where one can."""
    letter = story.letter_of(report_back, letters)
    stuck = {Letter.State.CANCELLED, Letter.State.FAILED, Letter.State.PARKED}
    if letter is not None and letter.state in stuck:
        return _("The letter to %(name)s did not go out. %(reason)s") % {
            "name": report_back.person,
            "reason": letter.reason,
        }
    return _unreachable(report_back.person)
