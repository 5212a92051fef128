"""A schedule that no correction of the clock moves: for beat, whose entries count from it."""

import time
from datetime import UTC, datetime, timedelta

from celery.schedules import schedule

# Before every instant that `steady_now` gives: what last ran then is due at once.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC) - timedelta(days=1)
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


def every(seconds):
    """A schedule for beat that comes round after so many seconds, whatever the clock says."""
    return schedule(timedelta(seconds=seconds), nowfun=steady_now)


def steady_now():
    """An instant by the monotonic clock: only the time between two of them means anything."""
    return _ZERO + timedelta(seconds=time.monotonic())
