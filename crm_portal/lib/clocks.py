"""Time that goes on while somebody waits."""

from datetime import timedelta
from time import monotonic


class Clock:
    """The given instant and what has passed since: what is decided after waiting for a lock is
    decided at the time after it. Stands still where time is simulated: `runs=False`."""

    def __init__(self, now, *, runs=True):
        self._begun_at, self._runs = now, runs
        self._started = monotonic()

    def elapsed(self):
        """Seconds since it was made."""
        return monotonic() - self._started if self._runs else 0

    def now(self):
        return self._begun_at + timedelta(seconds=self.elapsed())
