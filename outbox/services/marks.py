"""Every change of a letter on its way, each one statement that only its present sender can make.

A sender that was taken for dead finds its letter in other hands, changes nothing, and stops.
"""

import random
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Greatest

from outbox.models import Letter

State = Letter.State

WAITS = [timedelta(minutes=m) for m in (1, 5, 30, 120, 360)]
# A server gets a try after each wait, and then every six hours until about three days are over.
TRIES_WITH_SERVER = len(WAITS) + 10
# A letter that cannot be written will not write itself, and one in doubt may arrive each time.
TRIES_TO_WRITE = len(WAITS)
TRIES_IN_DOUBT = len(WAITS) + 1
LEASE = timedelta(minutes=11)


def hand_over(letter, *, headline, body, now):
    """Note, just before the server gets the letter, that it may have it from now on.

    Returns False when the letter is no longer ours to send.
    """
    letter.headline, letter.body = headline, body
    return _change(
        letter,
        State.CLAIMED,
        state=State.HANDING,
        handed_at=now,
        lease_until=now + longest_answer(),
        headline=headline,
        body=body,
    )


def longest_answer():
    """How long a living sender may wait for the server once it has marked a letter as handed over.

    `smtp` is patient once for each of: DATA and its reply, the letter and its reply, and RSET and
    its reply after a refusal. On top comes what any letter may take to settle.
    """
    patience = 4 * settings.SMTP_COMMAND_TIMEOUT + 2 * settings.SMTP_DATA_TIMEOUT
    return timedelta(seconds=patience + settings.OUTBOX_SETTLE_SECONDS)


def renew_lease(letter, *, until):
    """Give whoever holds the letter as long again."""
    if _change(letter, State.CLAIMED, State.HANDING, lease_until=until):
        letter.lease_until = until


def sent(letter, *, now):
    return _change(letter, State.HANDING, state=State.SENT, reason="", done_at=now, sender=None)


def cancelled(letter, *, reason, now):
    return _change(
        letter,
        State.CLAIMED,
        state=State.CANCELLED,
        reason=str(reason)[:300],
        done_at=now,
        sender=None,
    )


def failed(letter, *, reason, now):
    return _change(letter, *Letter.UNSETTLED, **_failure(reason, now))


def try_again(letter, *, reason, tries, now):
    """Put it back for later, or give up after so many tries."""
    return _change(letter, *Letter.UNSETTLED, **another_try(letter.attempt, reason, tries, now))


def in_doubt(letter, *, reason, now):
    """Leave it to `reap`: the server may have the letter or may not."""
    return _change(letter, State.HANDING, handed_at=now, reason=str(reason)[:300], sender=None)


def send_anew(letter, *, now):
    """Put a doubtful letter back at once."""
    return _change(
        letter,
        State.HANDING,
        state=State.QUEUED,
        next_try_at=now,
        rescheduled_at=now,
        sender=None,
        lease_until=None,
        handed_at=None,
    )


def parked(letter, *, reason):
    """Leave a doubtful letter to a person."""
    return _change(letter, State.HANDING, state=State.PARKED, reason=str(reason)[:300], sender=None)


def release(letters):
    """Put claimed letters back as if nobody had touched them. Returns how many."""
    return letters.filter(state=State.CLAIMED).update(
        state=State.QUEUED,
        attempt=Greatest(F("attempt") - 1, 0),
        sender=None,
        lease_until=None,
    )


def another_try(attempt, reason, tries, now):
    """The columns of a letter whose try number `attempt` did not succeed."""
    if attempt >= tries:
        return _failure(reason, now)
    wait = WAITS[min(attempt, len(WAITS)) - 1] * random.uniform(1, 1.25)  # noqa: S311 - not a secret
    return {
        "state": State.QUEUED,
        "reason": str(reason)[:300],
        "next_try_at": now + wait,
        "rescheduled_at": now,
        "sender": None,
        "lease_until": None,
    }


def _failure(reason, now):
    return {
        "state": State.FAILED,
        "reason": str(reason)[:300],
        "done_at": now,
        "sender": None,
        "lease_until": None,
    }


def _change(letter, *states, **values):
    ours = Letter.objects.filter(
        pk=letter.pk, state__in=states, sender=letter.sender, attempt=letter.attempt
    )
    return ours.update(**values) == 1
