"""Simulated time: what happens when, one day after the other."""

import datetime as dt
import heapq
from itertools import count

_A_DAY = dt.timedelta(days=1)
# A tick comes a little after what makes it necessary.
_SOON = dt.timedelta(minutes=5)


class Clock:
    """A queue of what is to be done. At equal instants, who asked first is first."""

    def __init__(self, calendar, *, start, until):
        """From the day `start` to the last moment before the day `until`."""
        self.calendar = calendar
        self.start, self.until = start, until
        self.now = calendar.opening(start) - dt.timedelta(hours=1)
        self._date = start
        self._queue = []
        self._numbers = count()

    @property
    def today(self):
        return self.calendar.local_date(self.now)

    @property
    def end(self):
        """The last business day that is lived through."""
        return self.calendar.add_business_days(self.until, -1)

    def at(self, instant, do, *args):
        """Call `do(*args, now=…)` then; at once when the instant has passed."""
        heapq.heappush(self._queue, (max(instant, self.now), next(self._numbers), do, args))

    def in_hours(self, date, dice):
        """Some moment of the date's office hours, or of the next business day's."""
        if not self.calendar.is_business_day(date):
            date = self.calendar.add_business_days(date, 1)
        minutes = dice.randrange(30, 8 * 60, 5)
        return self.calendar.opening(date) + dt.timedelta(minutes=minutes)

    def days_later(self, days, dice):
        """Some moment in office hours so many business days from today."""
        return self.in_hours(self.calendar.add_business_days(self.today, days), dice)

    def run_until(self, until, *, morning, evening):
        """Live through the days before `until`. `morning(now=…)` and `evening(now=…)` are called
        on business days, when the office has opened and when it has closed."""
        while (date := self._date) < until:
            if self.calendar.is_business_day(date):
                self._live_until(self.calendar.opening(date))
                morning(now=self._go_on(self.calendar.opening(date) + _SOON))
                self._live_until(self.calendar.closing(date))
                evening(now=self._go_on(self.calendar.closing(date) + _SOON))
            self._date += _A_DAY
            # Late in the evening people answer surveys.
            self._live_until(self.calendar.opening(self._date) - dt.timedelta(hours=2))

    def _go_on(self, instant):
        self.now = max(self.now, instant)
        return self.now

    def _live_until(self, instant):
        while self._queue and self._queue[0][0] <= instant:
            due, _number, do, args = heapq.heappop(self._queue)
            do(*args, now=self._go_on(due))
        self._go_on(instant)
