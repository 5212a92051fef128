"""Actions: what somebody will do, by when, and every sign of life until it is done."""

from django.utils.translation import gettext as _

from accounts import office
from accounts.history import service
from accounts.models import User
from crm_portal.lib.refusals import Refusal, StaleRecord
from feedback.models import Action, ActionActivity, Concern
from feedback.services import report_back
from feedback.services.activity import record

Kind = ActionActivity.Kind


@service
def create(*, agency, what, owner, due_on, meeting=None, concern=None, by, now):
    """A new action. Refuses an owner who may not work on actions, and a date that has passed."""
    if not what.strip():
        raise Refusal(_("Write what will be done."))
    _check_owner(owner)
    _check_date(due_on, now)
    action = Action.objects.create(
        agency=agency,
        concern=concern,
        meeting=meeting,
        what=what.strip(),
        owner=owner,
        due_on=due_on,
        created_at=now,
        created_by=by,
        last_activity_at=now,
    )
    ActionActivity.objects.create(action=action, kind=Kind.CREATED, by=by, at=now)
    return action


@service
def note(*, action, text, by, now):
    """Write down how it stands. The ladder begins anew."""
    action = _lock_open(action)
    _check_text(text, _("Write what happened."))
    return record(action=action, kind=Kind.NOTE, text=text.strip(), by=by, now=now)


@service
def set_due(*, action, due_on, why, by, now, seen_version=None):
    """Give it a new date, with the reason."""
    action = _lock_open(action, seen_version)
    _check_text(why, _("Write why the date changes: it stays beside the action."))
    _check_date(due_on, now)
    if due_on == action.due_on:
        raise Refusal(_("This is the date that it has already. Choose another one."))
    action.due_on = due_on
    record(action=action, kind=Kind.NEW_DATE, text=why.strip(), changed=["due_on"], by=by, now=now)


@service
def hand_over(*, action, to, by, now, seen_version=None):
    """Make somebody else its owner."""
    action = _lock_open(action, seen_version)
    if to.pk == action.owner_id:
        raise Refusal(_("%(name)s has this action already. Choose somebody else.") % {"name": to})
    _check_owner(to)
    text = _("from %(old)s to %(new)s") % {"old": action.owner, "new": to}
    action.owner = to
    record(action=action, kind=Kind.HANDED_OVER, text=text, changed=["owner"], by=by, now=now)


@service
def complete(*, action, outcome, by, now, seen_version=None):
    """It is done. After the last one of a concern, the raiser is told and asked at once."""
    action = _lock_open(action, seen_version)
    _check_text(outcome, _("Write what was done, in plain words: whom it concerns will read them."))
    action.state = Action.State.DONE
    action.outcome = outcome.strip()
    action.done_at, action.done_by = now, by
    changed = ["state", "outcome", "done_at", "done_by"]
    record(action=action, kind=Kind.DONE, text=action.outcome, changed=changed, by=by, now=now)
    _after_the_last(action, by=by, now=now)
    return action


@service
def drop(*, action, why, by, now, seen_version=None):
    """It will not be done. A concern that is left without any action needs another answer."""
    action = _lock_open(action, seen_version)
    _check_text(why, _("Write why it is dropped: it stays beside the action."))
    action.state = Action.State.DROPPED
    record(action=action, kind=Kind.DROPPED, text=why.strip(), changed=["state"], by=by, now=now)
    _after_the_last(action, by=by, now=now)
    return action


def _after_the_last(action, *, by, now):
    """Report back when nothing remains to be done; start over when nothing was done at all."""
    if action.concern_id is None:
        return
    concern = action.concern
    if concern.state != Concern.State.IN_ACTION or concern.actions.open().exists():
        return
    outcomes = report_back.outcomes_to_tell(concern)
    if outcomes:
        report_back.ask(concern=concern, did="\n\n".join(outcomes), by=by, now=now)
    else:
        report_back.needs_another_answer(concern=concern)


def _lock_open(action, seen_version=None):
    """The row, locked, its concern before it: everybody locks in this order."""
    if action.concern_id:
        concern = Concern.objects.select_for_update().get(pk=action.concern_id)
    locked = Action.objects.select_for_update().get(pk=action.pk)
    if action.concern_id:
        locked.concern = concern
    if seen_version is not None and locked.version != seen_version:
        raise StaleRecord(current=locked)
    if locked.state != Action.State.OPEN:
        raise Refusal(
            _("This action is %(state)s already. Create a new one if there is more to do.")
            % {"state": locked.get_state_display()}
        )
    return locked


def _check_text(text, message):
    if not text.strip():
        raise Refusal(message)


def _check_owner(owner):
    if not User.objects.owners().filter(pk=owner.pk).exists():
        raise Refusal(
            _("%(name)s cannot own actions. Choose an active colleague of the office.")
            % {"name": owner}
        )


def _check_date(due_on, now):
    if due_on < office.local_date(now):
        raise Refusal(_("This date has passed. Choose today or a later day."))
