"""Every concern gets an answer: an action, a reply, or a decline with its reason."""

from django.utils.translation import gettext as _

from accounts.history import service
from crm_portal.lib.refusals import Refusal, StaleRecord
from feedback.models import Concern
from feedback.services import actions, report_back

State = Concern.State


@service
def open_action(*, concern, what, owner, due_on, by, now, seen_version=None):
    """Somebody will do something about it. A concern may have several actions.

    An answer that was given before, and a question that still waits, are superseded.
    """
    concern = _lock(concern, seen_version)
    if concern.state == State.FIXED:
        raise Refusal(_("The raiser has confirmed that it is fixed. Raise a new concern instead."))
    action = actions.create(
        agency=concern.agency,
        concern=concern,
        what=what,
        owner=owner,
        due_on=due_on,
        by=by,
        now=now,
    )
    if concern.state != State.IN_ACTION:
        report_back.supersede(concern=concern, now=now)
        _dispose(concern, State.IN_ACTION, by, now)
    return action


@service
def reply(*, concern, text, by, now, seen_version=None):
    """Answer in words. The raiser reads them, and may say that they do not settle it."""
    _answer_in_words(
        _lock(concern, seen_version),
        State.REPLIED,
        text,
        _("Write the reply: the raiser will read it."),
        by,
        now,
    )


@service
def decline(*, concern, reason, by, now, seen_version=None):
    """Nothing will be done, and the raiser is told why."""
    _answer_in_words(
        _lock(concern, seen_version),
        State.DECLINED,
        reason,
        _("Write the reason: the raiser will read it."),
        by,
        now,
    )


def _lock(concern, seen_version):
    locked = Concern.objects.select_for_update().get(pk=concern.pk)
    if seen_version is not None and locked.version != seen_version:
        raise StaleRecord(current=locked)
    return locked


def _answer_in_words(concern, state, text, message, by, now):
    if concern.state == State.IN_ACTION:
        raise Refusal(
            _("Actions are under way. Complete or drop them: the raiser hears of it then.")
        )
    if concern.state != State.NEW:
        raise Refusal(_("This concern has an answer already. Open an action if more is needed."))
    if not text.strip():
        raise Refusal(message)
    concern.answer_text = text.strip()
    _dispose(concern, state, by, now, also=["answer_text"])
    report_back.ask(concern=concern, did=concern.answer_text, by=by, now=now)


def _dispose(concern, state, by, now, also=()):
    concern.disposed_at, concern.disposed_by = now, by
    report_back.move(concern, state, also=["disposed_at", "disposed_by", *also])
