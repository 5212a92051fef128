"""Business days and hours of the office: pure functions of their arguments."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class OfficeCalendar:
    """Weekdays that are no holiday, from opening to closing time in the office's zone."""

    zone: zoneinfo.ZoneInfo
    opens_at: dt.time
    closes_at: dt.time
    holidays: frozenset[dt.date]

    def is_business_day(self, date):
        return date.weekday() < 5 and date not in self.holidays

    def local_date(self, instant):
        return instant.astimezone(self.zone).date()

    def opening(self, date):
        """The instant, in UTC, at which the office opens on this date."""
        return self._instant(date, self.opens_at)

    def closing(self, date):
        """The instant, in UTC, at which the office closes on this date: the end of a due date."""
        return self._instant(date, self.closes_at)

    def _instant(self, date, time):
        # fold=0: of an hour that the clock shows twice, the first one.
        return dt.datetime.combine(date, time, tzinfo=self.zone).astimezone(dt.UTC)

    def at_work(self, date):
        """The date itself, or the next business day when the office is closed on it."""
        return date if self.is_business_day(date) else self.add_business_days(date, 1)

    def late_before(self, today):
        """What was due before this date is late today. What fell due while the office was closed
        is not: it can be done when the office opens again."""
        return self.add_business_days(today, -1) + _DAY

    def add_business_days(self, date, count):
        """The date `count` business days after `date`, or before it if negative."""
        step = _DAY if count > 0 else -_DAY
        for _ in range(abs(count)):
            date += step
            while not self.is_business_day(date):
                date += step
        return date

    def next_opening(self, instant):
        """The first instant at or after this one at which somebody is in the office."""
        date = self.local_date(instant)
        if self.is_business_day(date) and instant <= self.closing(date):
            return max(instant, self.opening(date))
        return self.opening(self.add_business_days(date, 1))


def fiscal_year(date, *, starts):
    """The number of the fiscal year that holds the date, named after the year in which it ends."""
    return date.year + 1 if starts > 1 and date.month >= starts else date.year
