"""Takes what is due for one sender, and decides on the way whether it is still wanted."""

import zoneinfo
from collections import Counter, defaultdict
from contextlib import nullcontext
from datetime import datetime, time, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts import office as offices
from crm_portal.letters import KINDS, Skip
from crm_portal.lib import locks
from crm_portal.lib.locks import Rule
from outbox.models import Letter
from outbox.services import marks

log = structlog.get_logger(__name__)
State = Letter.State


def due(now):
    """Waiting letters whose time has come, the oldest first."""
    return Letter.objects.filter(state=State.QUEUED, next_try_at__lte=now).order_by(
        "next_try_at", "pk"
    )


def claim(*, sender, limit, now, durable=True):
    """Up to `limit` due letters with what they say, as pairs; None when nothing is due any more.

    The others of those looked at are settled: cancelled with the reason, put off, or failed.
    """
    try:
        return _claim(sender, limit, now, durable, careful=False)
    except Exception:
        # What was asked about one letter failed, and took all of them with it.
        log.warning("claim_repeated_carefully", exc_info=True)
        return _claim(sender, limit, now, durable, careful=True)


def compose(letter, *, now):
    """What the letter says, or why it is not wanted. Raises whatever its function raises."""
    function = import_string(KINDS[letter.purpose, letter.kind].compose)
    with timezone.override(offices.zone()):
        return function(letter, now=now)


def _claim(sender, limit, now, durable, careful):
    with transaction.atomic(durable=durable):
        letters = list(due(now).select_for_update(skip_locked=True)[:limit])
        if not letters:
            return None
        dead = _at_dead_addresses(letters, now)
        capped = _capped([letter for letter in letters if letter not in dead], now)
        wanted, unwanted = [], defaultdict(list)
        if not careful:
            _gather(letters, now)
        for letter in letters:
            if letter in capped:
                continue
            if letter in dead:
                unwanted[dead[letter]].append(letter.pk)
                continue
            try:
                with transaction.atomic() if careful else nullcontext():
                    message = compose(letter, now=now)
            except Exception as error:
                if isinstance(error, DatabaseError) and not careful:
                    raise
                _note_failure(letter, error, now)
                continue
            if isinstance(message, Skip):
                unwanted[str(message.reason)[:300]].append(letter.pk)
            else:
                wanted.append((letter, message))
        _settle(sender, wanted, unwanted, now)
    return wanted


def _gather(letters, now):
    """Let each kind read at once what its letters are about."""
    by_reader = defaultdict(list)
    for letter in letters:
        kind = KINDS.get((letter.purpose, letter.kind))
        if kind is not None and kind.gather:
            by_reader[kind.gather].append(letter)
    for gather, found in by_reader.items():
        import_string(gather)(found, now=now)


def _settle(sender, wanted, unwanted, now):
    for reason, pks in unwanted.items():
        Letter.objects.filter(pk__in=pks).update(state=State.CANCELLED, reason=reason, done_at=now)
    if wanted:
        Letter.objects.filter(pk__in=[letter.pk for letter, _message in wanted]).update(
            state=State.CLAIMED,
            sender=sender,
            attempt=F("attempt") + 1,
            lease_until=now + marks.LEASE,
        )
    for letter, _message in wanted:
        letter.state, letter.sender, letter.attempt = State.CLAIMED, sender, letter.attempt + 1


def _note_failure(letter, error, now):
    """A letter that cannot be written stops nobody else's, and is seen."""
    log.error("letter_not_written", letter=letter.pk, exc_info=error)
    reason = not_written(error)
    values = marks.another_try(letter.attempt + 1, reason, marks.TRIES_TO_WRITE, now)
    Letter.objects.filter(pk=letter.pk).update(attempt=F("attempt") + 1, **values)


def not_written(error):
    """The reason that staff read when the words of a letter could not be made."""
    return _("It could not be written: %(error)s") % {"error": repr(error)}


# ---- So many letters a day to one person ---------------------------------------------------------


def _capped(letters, now):
    """Those that can wait and whose reader had enough such letters today: put off until tomorrow.
    One that a person has sent again goes out, and uses the day up."""
    waiting = [letter for letter in letters if _can_wait(letter)]
    asking = [letter for letter in waiting if not letter.is_by_hand]
    if not asking or not settings.OUTBOX_DAILY_CAP:
        return set()
    addresses = {_address(letter) for letter in waiting}
    # Other senders choose among letters to the same people. What they have claimed is seen by the
    # next statement.
    locks.hold(Rule.DAILY_CAP, addresses)
    today = offices.local_date(now)
    had = Counter(_address(row) for row in _of_today(addresses, today) if _can_wait(row))
    had.update(_address(letter) for letter in waiting if letter.is_by_hand)
    over = set()
    for letter in asking:
        had[_address(letter)] += 1
        if had[_address(letter)] > settings.OUTBOX_DAILY_CAP:
            over.add(letter)
    if over:
        tomorrow = _start_of(today + timedelta(days=1))
        Letter.objects.filter(pk__in=[letter.pk for letter in over]).update(
            next_try_at=offices.calendar().next_opening(tomorrow),
            rescheduled_at=now,
            reason=_("Waits until tomorrow: a survey has written to this address today."),
        )
    return over


def _of_today(addresses, today):
    """Letters that have reached these addresses today or may do so yet: sent, on the way with a
    sender, or parked, which is in doubt for good. A refused one has reached nobody."""
    # Not after today: what a clock that was ahead has stamped would count every day.
    day = (_start_of(today), _start_of(today + timedelta(days=1)))
    return (
        Letter.objects.to(addresses)
        .filter(
            Q(done_at__range=day, state=State.SENT)
            | Q(done_at=None, state__in=[State.CLAIMED, State.HANDING])
            | Q(done_at=None, state=State.PARKED, handed_at__range=day)
        )
        .only("recipient", "purpose", "kind")
    )


def _address(letter):
    return letter.recipient.lower()


def _start_of(date):
    zone = zoneinfo.ZoneInfo(offices.current().time_zone)
    return datetime.combine(date, time.min, tzinfo=zone)


def _can_wait(letter):
    kind = KINDS.get((letter.purpose, letter.kind))
    return kind is not None and kind.can_wait


# ---- Addresses that do not exist -----------------------------------------------------------------


def _at_dead_addresses(letters, now):
    """{letter: why it is not sent}: the mail server knew its address not, and nothing was sent
    there since. Not those that a person has sent again, nor those about an account: who waits for
    one has just typed the address."""
    asked = [row for row in letters if not row.is_by_hand and row.purpose != "account"]
    addresses = {_address(row) for row in asked}
    refused = {_address(row): row for row in Letter.objects.to_dead_addresses(addresses)}
    if not refused:
        return {}
    reached = dict(
        Letter.objects.to(refused)
        .filter(state=State.SENT)
        .order_by()
        .values_list(Lower("recipient"))
        .annotate(at=Max("done_at"))
    )
    dead = {
        address: _(
            "The mail server has refused this address: %(said)s. Correct it, "
            "or send the refused letter again."
        )
        % {"said": row.reason[:180].rstrip(".")}
        for address, row in refused.items()
        # Refused in the future, by a clock that was ahead: then nobody knows what came first.
        if address not in reached or reached[address] < row.done_at <= now
    }
    return {row: dead[_address(row)] for row in asked if _address(row) in dead}
