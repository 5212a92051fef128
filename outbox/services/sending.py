"""Sends what is due, so that a sender may be killed at any moment without losing or doubling."""

import secrets
import time
from contextlib import contextmanager, suppress
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts import office as offices
from crm_portal.letters import KINDS, RESEND, Skip
from crm_portal.lib.clocks import Clock
from outbox import smtp
from outbox.models import Letter
from outbox.rendering import headline_of, render, to_bytes, without_links
from outbox.services import claims, marks

log = structlog.get_logger(__name__)

BATCH = 100
# A run ends after this, so that the tick behind it goes on; the next tick sends the rest.
RUN_SECONDS = 240
# What was decided longer ago is decided again before it is sent. A fast server takes a whole
# batch in this time; on a slow one, asking again costs little beside waiting for it.
FRESH = timedelta(seconds=2)
# A database that begins anew takes some seconds.
PAUSES = (0, 0.5, 1, 2, 4, 8, 15)


def send_due(*, now, transport=None, batch=BATCH):
    """Send every due letter over one connection. Returns how many the mail server has taken.

    Raises `smtp.Unreachable` when there is no mail server; the letters stay due, untouched.
    """
    transport = transport or smtp.Smtp()
    if not claims.due(now).exists():
        return 0
    clock = Clock(now, runs=transport.reaches_people)
    count = 0
    try:
        transport.open()
        with _alive(transport) as sender:
            while clock.elapsed() < RUN_SECONDS:
                decided_at = clock.now()
                claimed = claims.claim(
                    sender=sender, limit=batch, now=decided_at, durable=transport.reaches_people
                )
                if claimed is None:
                    break
                count += _send_batch(claimed, transport, clock, decided_at)
    finally:
        transport.close()
    return count


def _send_batch(claimed, transport, clock, decided_at):
    count = 0
    for letter, message in claimed:
        if clock.elapsed() >= RUN_SECONDS:
            break
        now = clock.now()
        try:
            if now - decided_at > FRESH:
                message = claims.compose(letter, now=now)
            if isinstance(message, Skip):
                marks.cancelled(letter, reason=message.reason, now=now)
                continue
            draft = _Draft(letter, message, is_real=transport.reaches_people, now=now)
        except smtp.Refused as refusal:
            marks.failed(letter, reason=refusal, now=now)
        except Exception as error:
            log.exception("letter_not_written", letter=letter.pk)
            reason = claims.not_written(error)
            marks.try_again(letter, reason=reason, tries=marks.TRIES_TO_WRITE, now=now)
        else:
            count += _deliver(draft, transport, clock)
    return count


class _Draft:
    """A letter with its words. For a transport that reaches nobody, the subject line is enough."""

    def __init__(self, letter, message, *, is_real, now):
        self.letter = letter
        self.headline, self.body, self.content = headline_of(message), "", b""
        if is_real:
            with timezone.override(offices.zone()):
                rendered = render(letter, message)
            self.body = without_links(rendered.text)
            self.content = to_bytes(letter, rendered, now=now)

    def hand_over(self, clock):
        return marks.hand_over(self.letter, headline=self.headline, body=self.body, now=clock.now())


def _deliver(draft, transport, clock):
    letter = draft.letter
    try:
        transport.deliver(
            recipient=letter.recipient,
            content=draft.content,
            handing=lambda: draft.hand_over(clock),
        )
    except smtp.Overtaken:
        log.warning("letter_overtaken", letter=letter.pk)
    except smtp.Refused as refusal:
        marks.failed(letter, reason=refusal, now=clock.now())
    except smtp.TryLater as refusal:
        tries = marks.TRIES_WITH_SERVER
        marks.try_again(letter, reason=refusal, tries=tries, now=clock.now())
    except smtp.InDoubt as doubt:
        marks.in_doubt(letter, reason=doubt, now=clock.now())
    else:
        return _mark_sent(letter, clock)
    return False


def _mark_sent(letter, clock):
    """The server has said yes: also when the database went away while it was asked."""
    try:
        return marks.sent(letter, now=clock.now())
    except OperationalError:
        _mark_sent_when_it_is_back(letter, clock)
        # Our lock is gone with the database's connections: whoever takes over may believe us dead.
        raise


def _mark_sent_when_it_is_back(letter, clock):
    """Only we know that the server has this letter. What we cannot note is settled by `reap`."""
    for pause in PAUSES:
        time.sleep(pause)
        connection.close()
        with suppress(OperationalError):
            marks.sent(letter, now=clock.now())
            return


# ---- The living and the dead ---------------------------------------------------------------------


@contextmanager
def _alive(transport):
    """A new sender, known to live as long as its own connection holds a lock on its number.

    Needs a direct connection: behind a pooler of transactions every sender looks dead. Then
    letters are sent later, and still not twice where the first hop can be asked.
    """
    sender = secrets.randbits(62)
    own = connection.copy()
    try:
        if transport.reaches_people:
            with own.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [sender])
        yield sender
    finally:
        # With the database gone, `reap` does this.
        with suppress(DatabaseError):
            marks.release(Letter.objects.filter(sender=sender))
        own.close()


def reap(*, now):
    """Settle what dead senders have left. Returns how many letters were settled.

    Claimed letters go back: the server cannot have them. Letters being handed over go to the
    first hop's answer or, where it cannot be asked, to what their kind says about doubt. When the
    database began anew meanwhile, nobody holds a lock and any sender may live: its lease decides.
    """
    held = Letter.objects.filter(state__in=[Letter.State.CLAIMED, Letter.State.HANDING])
    # First the letters, then who lives: a sender takes its lock before its first letter.
    seen = list(held.defer("body"))
    living = _living() if seen else set()
    settled_by = now - timedelta(seconds=settings.OUTBOX_SETTLE_SECONDS)
    seen = _with_believable_leases(seen, living, now)
    dead = [letter for letter in seen if letter.sender not in living]
    hung = [letter for letter in seen if letter.sender in living and letter.lease_until <= now]
    count = marks.release(
        Letter.objects.filter(
            pk__in=[letter.pk for letter in dead + hung],
            sender__in={letter.sender for letter in dead + hung},
        )
    )
    began_at = _database_began_at() if dead else now
    left = [
        letter
        for letter in dead
        if letter.handed_at
        and (
            (
                letter.handed_at <= settled_by
                and (letter.sender is None or letter.handed_at > began_at)
            )
            or letter.lease_until <= now
        )
    ]
    for letter in left + hung:
        if letter.state == Letter.State.HANDING:
            count += _resolve(letter, now)
    return count


def _with_believable_leases(letters, living, now):
    """The letters, each with a lease that the clock of now can decide.

    One that ends later than any that begins now was given by a clock that was ahead. The first
    that ends for a living sender may have done so because the clock was put forward: it is given
    another. A lease that was given anew does not end as `marks.hand_over` says, and is believed.
    """
    longest = marks.longest_answer()
    latest = now + max(longest, marks.LEASE)
    for letter in letters:
        is_handing = letter.state == Letter.State.HANDING
        is_first = is_handing and letter.lease_until == letter.handed_at + longest
        has_ended = letter.lease_until <= now
        if letter.lease_until > latest or (has_ended and is_first and letter.sender in living):
            marks.renew_lease(letter, until=latest)
    return letters


def _living():
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
            WHERE locktype = 'advisory' AND objsubid = 1 AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """
        )
        return {sender for (sender,) in cursor.fetchall()}


def _database_began_at():
    """Since when the database has been running: no lock is older."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_postmaster_start_time()")
        return cursor.fetchone()[0]


def _resolve(letter, now):
    """Send, settle or park a letter of which nobody knows whether the server has it."""
    try:
        was_taken = _ask_first_hop(letter.message_id)
    except Exception:
        # Asked again at the next tick. Until then the letter is late, and health says so.
        log.exception("first_hop_not_asked", letter=letter.pk)
        return False
    if was_taken:
        return marks.sent(letter, now=now)
    kind = KINDS.get((letter.purpose, letter.kind))
    may_send = was_taken is False or (kind is not None and kind.on_doubt == RESEND)
    if may_send and letter.attempt < marks.TRIES_IN_DOUBT:
        return marks.send_anew(letter, now=now)
    return marks.parked(
        letter,
        reason=_("Its sender stopped while handing it over; nobody knows whether it went."),
    )


def _ask_first_hop(message_id):
    """Whether the first mail server took the letter; None when there is nobody to ask."""
    if not settings.OUTBOX_ASK_FIRST_HOP:
        return None
    return bool(import_string(settings.OUTBOX_ASK_FIRST_HOP)(message_id))
