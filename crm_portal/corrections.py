"""A clock that was ahead leaves instants in the future; work that counts from them would wait."""

from datetime import timedelta

import structlog
from django.apps import apps
from django.core.cache import cache
from django.utils import timezone

from crm_portal.tick import STEPS

log = structlog.get_logger(__name__)

# Clocks of two machines that are looked after differ by less.
TOLERANCE = timedelta(minutes=2)
# Instants from which due work is counted: (model, column, which rows still matter).
STAMPS = [
    ("surveys.Invitation", "invited_at", {"wave__state": "open"}),
    ("feedback.Action", "last_activity_at", {"state": "open"}),
    ("feedback.ReportBack", "asked_at", {"superseded_at": None}),
]


def undo(*, now):
    """Let what is said to happen later than now have happened now, and begin all limits anew if
    the tick itself ran ahead. Returns how many rows that were.

    Does nothing for an instant that is not the present: to a tick that is told to pretend, the
    present may be the future.
    """
    if not is_present(now):
        return 0
    _begin_limits_anew(now)
    count = 0
    for label, column, rows in STAMPS:
        ahead = apps.get_model(label)._default_manager.filter(
            **rows, **{f"{column}__gt": now + TOLERANCE}
        )
        if changed := ahead.update(**{column: now}):
            log.warning("future_undone", model=label, rows=changed)
            count += changed
    return count


def is_present(now):
    """Whether this is the time that the clock shows."""
    return abs(timezone.now() - now) < TOLERANCE


def _begin_limits_anew(now):
    """Counters of wrong passwords and keys would last for as long as the clock was ahead."""
    beats = apps.get_model("outbox.Heartbeat").objects.filter(step__in=STEPS)
    newest = beats.order_by("-last_run_at").values_list("last_run_at", flat=True).first()
    if newest is not None and newest > now + TOLERANCE:
        log.warning("clock_was_ahead", seconds=int((newest - now).total_seconds()))
        cache.clear()
