"""Promises of letters. A promise is a row, made in the transaction of the fact it follows from."""

import json
import uuid
from operator import itemgetter

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models.functions import Coalesce, Least

from accounts import office as offices
from crm_portal import corrections
from crm_portal.events import publish
from crm_portal.letters import KINDS
from outbox.models import Letter

# Message-IDs are made from this and the promise, so that each try of a letter carries the same.
NAMESPACE = uuid.UUID("6f9d1c1e-8a43-4c0e-9d6f-0b6c5f2f7a11")

# No target for the conflict: two processes with the same promise may meet at either unique index.
_INSERT = """
    INSERT INTO outbox_letter (
        purpose, subject, kind, seq, recipient, recipient_name, details, message_id,
        planned_at, due_at, next_try_at, state, reason, attempt, headline, body
    )
    SELECT
        purpose, subject, kind, seq, recipient, recipient_name, details, message_id,
        %s, due_at, due_at, 'queued', '', 0, '', ''
    FROM jsonb_to_recordset(%s::jsonb) AS promised (
        purpose text, subject text, kind text, seq integer, recipient text, recipient_name text,
        details jsonb, message_id text, due_at timestamptz
    )
    ON CONFLICT DO NOTHING
"""


def plan(*, now, **letter):
    """Promise one letter, in the caller's transaction. Returns whether it is a new promise.

    The letter: `purpose`, `subject` ("model:pk"), `kind`, `seq` (0), `recipient`,
    `recipient_name` (""), `details` (facts for the letter, never a secret), `due_at` (now).
    The same purpose, subject, kind and number is the same promise: a second call does nothing,
    even after the letter was sent or given up. Raises KeyError for a kind nobody has declared.
    """
    return plan_many(letters=[letter], now=now) == 1


def plan_many(*, letters, now):
    """Promise many letters in one statement; each is a dict of what `plan` takes.

    Returns how many are new.
    """
    letters = list(letters)
    # In one order everywhere, so that two processes with the same promises do not deadlock.
    rows = sorted((_row(now=now, **letter) for letter in letters), key=itemgetter("message_id"))
    if not rows:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_INSERT, [now, json.dumps(rows, cls=DjangoJSONEncoder)])
        promised = cursor.rowcount
        if promised and any((letter.get("due_at") or now) <= now for letter in letters):
            publish("letters_planned")
    return promised


def _row(
    *,
    purpose,
    subject,
    kind,
    seq=0,
    recipient,
    recipient_name="",
    details=None,
    due_at=None,
    now,
):
    KINDS[purpose, kind]
    return {
        "purpose": purpose,
        "subject": subject,
        "kind": kind,
        "seq": seq,
        "recipient": recipient,
        "recipient_name": recipient_name[:120],
        "details": details or {},
        "message_id": message_id_of(purpose=purpose, subject=subject, kind=kind, seq=seq),
        "due_at": (due_at or now).isoformat(),
    }


def message_id_of(*, purpose, subject, kind, seq):
    """The Message-ID of a promise: the same whenever and wherever it is asked for."""
    name = uuid.uuid5(NAMESPACE, f"{purpose}:{subject}:{kind}:{seq}")
    return f"<{name}@{settings.MESSAGE_ID_DOMAIN}>"


def cancel(*, purpose, subjects, kinds=None, reason, now):
    """Give up the waiting letters about these subjects, for a reason that staff will read.

    A letter that is being sent is not touched: it asks once more by itself whether it is wanted.
    Returns how many were given up.
    """
    letters = Letter.objects.about(purpose, subjects).filter(state=Letter.State.QUEUED)
    if kinds is not None:
        letters = letters.filter(kind__in=kinds)
    return letters.update(state=Letter.State.CANCELLED, reason=str(reason)[:300], done_at=now)


def revive(*, purpose, subjects, kinds, since, due_at, now):
    """Promise again what was given up since then, before any server had it. Each letter is asked
    once more whether it is wanted. Returns how many there were."""
    given_up = Letter.objects.about(purpose, subjects).filter(
        state=Letter.State.CANCELLED, done_at__gte=since, handed_at=None, kind__in=kinds
    )
    return given_up.update(
        state=Letter.State.QUEUED,
        reason="",
        done_at=None,
        next_try_at=due_at,
        rescheduled_at=now,
    )


def plan_anew(*, now):
    """Let letters go out that a clock which was ahead has put off until it would be right: at once,
    or those that keep to office hours when the office opens. Returns how many there were.

    Does nothing for an instant that is not the present.
    """
    if not corrections.is_present(now):
        return 0
    future = now + corrections.TOLERANCE
    waiting = Letter.objects.filter(state=Letter.State.QUEUED, next_try_at__gt=future)
    ahead = waiting.annotate(decided_at=Coalesce("rescheduled_at", "planned_at"))
    at_once, at_opening = [], []
    for letter in ahead.filter(decided_at__gt=future).defer("body"):
        (at_opening if _keeps_to_office_hours(letter) else at_once).append(letter.pk)
    count = _put_forward(waiting.filter(pk__in=at_once), now, now=now)
    if at_opening:
        opening = offices.calendar().next_opening(now)
        count += _put_forward(waiting.filter(pk__in=at_opening), opening, now=now)
    return count


def _put_forward(letters, due_at, *, now):
    return letters.update(
        planned_at=Least("planned_at", now),
        due_at=Least("due_at", due_at),
        next_try_at=due_at,
        rescheduled_at=now,
    )


def _keeps_to_office_hours(letter):
    kind = KINDS.get((letter.purpose, letter.kind))
    return letter.due_at > letter.planned_at or (kind is not None and kind.can_wait)
