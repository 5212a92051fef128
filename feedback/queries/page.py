"""What a concern's page offers: the next right step for this user."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission
from feedback.models import Action, Concern

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


def next_step(concern, actions, report_backs, user):
    """What should happen next, whoever may do it."""
    name, action, waits_for = _what_is_next(concern, actions, report_backs, user)
    return Step(
        name=name,
        may_answer=user.may(Permission.CONCERN_WORK) and concern.state != Concern.State.FIXED,
        may_work=user.may(Permission.ACTION_WORK),
        action=action,
        waits_for=waits_for,
    )


def _what_is_next(concern, actions, report_backs, user):
    if concern.state == Concern.State.NEW:
        return "answer", None, None
    if concern.state == Concern.State.FIXED:
        return "end", None, None
    still_open = [action for action in actions if action.state == Action.State.OPEN]
    if still_open:
        # One's own first, then the one that is due first.
        still_open.sort(key=lambda action: (action.owner_id != user.pk, action.due_on, action.pk))
        return "work", still_open[0], None
    newest = report_backs[-1] if report_backs else None
    if newest is None or newest.superseded_at is not None or newest.verdict == "not_fixed":
        return "ask", None, None
    return ("end" if newest.verdict else "wait"), None, newest
