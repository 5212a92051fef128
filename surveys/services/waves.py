"""A wave from its preparation to its last day."""

import structlog
from django.utils.translation import gettext as _

from accounts import office
from accounts.history import service
from crm_portal.events import publish
from crm_portal.lib.refusals import Refusal
from crm_portal.lib.versions import save_if_unchanged
from outbox.services import planning
from surveys.audience import audience
from surveys.models import Wave
from surveys.services import questionnaires
from surveys.services.sweeps import one_by_one

log = structlog.get_logger(__name__)

# The letters that only an open wave sends.
_KINDS = ["invitation", "reminder", "phone"]


class NotReady(Refusal):
    """The wave cannot open as it stands."""


class NotPossible(Refusal):
    """The wave's state does not allow it."""


@service
def prepare(*, by, **fields):
    """A wave that opens by itself when the office opens on `opens_on`. Fields are the model's."""
    wave = Wave(**fields)
    _check_dates(wave)
    wave.save()
    return wave


@service
def change(*, wave, changes, seen_version, by):
    """Change a wave that has not opened. What was promised to the invited stays."""
    current = _hold(wave)
    if current.state != Wave.State.DRAFT:
        raise NotPossible(_("The wave has opened. Only its last day can change."))
    for name, value in changes.items():
        setattr(wave, name, value)
    _check_dates(wave)
    save_if_unchanged(wave, seen_version=seen_version, fields=[*changes, "reminder_days"])


@service
def open_now(*, wave, by, now):
    """Open the wave today; letters follow in the office's hours. A second call does nothing."""
    current = _hold(wave)
    if current.state == Wave.State.DRAFT:
        current.opens_on = office.local_date(now)
        _open(current, now=now)
    elif current.state != Wave.State.OPEN:
        raise NotPossible(_("The wave has ended. Extend it instead."))
    wave.refresh_from_db()
    return wave


def open_due(*, now):
    """Open every wave whose time has come. One that is not ready is left to a person."""
    calendar = office.calendar()
    waiting = Wave.objects.filter(state=Wave.State.DRAFT, opens_on__lte=calendar.local_date(now))

    def open_if_ready(wave):
        try:
            _open_if_due(wave=wave, by=None, now=now)
        except NotReady as refusal:
            log.warning("wave_not_ready", wave=wave.pk, reason=str(refusal))

    due = [wave for wave in waiting if calendar.opening(wave.opens_on) <= now]
    one_by_one(due, open_if_ready)


@service
def _open_if_due(*, wave, by, now):
    current = _hold(wave)
    if current.state == Wave.State.DRAFT and current.opens_on == wave.opens_on:
        _open(current, now=now)


@service
def extend(*, wave, closes_on, by, now):
    """Give people until a later day. A wave that ended takes answers again."""
    current = _hold(wave)
    if current.state not in (Wave.State.OPEN, Wave.State.ENDED):
        raise NotPossible(_("Only a wave that has opened and is not closed can be extended."))
    if closes_on <= current.closes_on or closes_on < office.local_date(now):
        raise NotReady(_("Choose a day after %(day)s.") % {"day": current.closes_on})
    if current.state == Wave.State.ENDED:
        _revive_letters(current, now=now)
    current.closes_on = closes_on
    current.state, current.ended_at = Wave.State.OPEN, None
    current.version += 1
    current.save(update_fields=["closes_on", "state", "ended_at", "version"])
    publish("wave_opened", wave_id=current.pk)
    wave.refresh_from_db()


@service
def end_now(*, wave, by, now):
    """Take no more answers, before the last day. A second call does nothing."""
    current = _hold(wave)
    if current.state == Wave.State.DRAFT:
        raise NotPossible(_("The wave has not opened yet."))
    if current.state == Wave.State.OPEN:
        _end(current, now=now)
    wave.refresh_from_db()


def close_due(*, now):
    """End every open wave whose last day is over. Concerns are disposed of afterwards."""
    calendar = office.calendar()
    waiting = Wave.objects.open().filter(closes_on__lte=calendar.local_date(now))
    due = [wave for wave in waiting if calendar.closing(wave.closes_on) <= now]
    one_by_one(due, lambda wave: _end_if_due(wave=wave, by=None, now=now))


@service
def _end_if_due(*, wave, by, now):
    current = _hold(wave)
    if current.state == Wave.State.OPEN and current.closes_on == wave.closes_on:
        _end(current, now=now)


def _hold(wave):
    return Wave.objects.select_for_update(no_key=True).get(pk=wave.pk)


def obstacle(wave, *, today):
    """Why the wave cannot open as it stands, in a sentence that says what to do; "" if it can."""
    if wave.closes_on < today:
        return _("Its last day is over. Choose a later one.")
    if not wave.questionnaire.questions.exists():
        return _("The questionnaire has no questions yet.")
    if not audience(wave).exists():
        return _("Nobody would be asked. Mark people as answering surveys, or ask more.")
    return ""


def is_overdue(wave, *, now):
    """Whether it should have opened by itself."""
    return wave.state == Wave.State.DRAFT and office.calendar().opening(wave.opens_on) <= now


def _open(wave, *, now):
    # First: whoever is taking the last question out has done so afterwards, or finds it frozen.
    questionnaires.freeze(questionnaire=wave.questionnaire, now=now)
    if words := obstacle(wave, today=office.local_date(now)):
        raise NotReady(words)
    wave.state, wave.opened_at = Wave.State.OPEN, now
    wave.version += 1
    wave.save(update_fields=["state", "opened_at", "opens_on", "version"])
    publish("wave_opened", wave_id=wave.pk)


def _end(wave, *, now):
    wave.state, wave.ended_at = Wave.State.ENDED, now
    wave.version += 1
    wave.save(update_fields=["state", "ended_at", "version"])
    planning.cancel(
        purpose="survey",
        subjects=_subjects(wave),
        kinds=_KINDS,
        reason=_("The survey has ended."),
        now=now,
    )


def _revive_letters(wave, *, now):
    """What the end has stopped goes out after all. A letter may have found the last evening over
    before a tick had ended the wave."""
    calendar = office.calendar()
    planning.revive(
        purpose="survey",
        subjects=_subjects(wave),
        kinds=_KINDS,
        since=min(wave.ended_at, calendar.closing(wave.closes_on)),
        due_at=calendar.next_opening(now),
        now=now,
    )


def _subjects(wave):
    return [f"invitation:{pk}" for pk in wave.invitations.values_list("pk", flat=True)]


def _check_dates(wave):
    wave.reminder_days = sorted(set(wave.reminder_days))
    if wave.closes_on < wave.opens_on:
        raise NotReady(_("The last day comes before the first."))
    days = (wave.closes_on - wave.opens_on).days
    if wave.reminder_days and not 1 <= wave.reminder_days[0] <= wave.reminder_days[-1] <= days:
        raise NotReady(
            _("Reminders go out between 1 and %(days)d days after opening.") % {"days": days}
        )
