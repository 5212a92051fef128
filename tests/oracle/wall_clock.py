"""The office's days, as somebody knows them who only looks at its clock and its calendar.

Nothing here is shared with the product: no arithmetic with zones, no counting of days that are
not gone through one by one.
"""

import datetime as dt
import functools
import zoneinfo
from dataclasses import dataclass

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)

# Of the states and territories: with summer time, without (Arizona, Hawaii, Puerto Rico, Samoa,
# Guam), split states, and both ends of the date line. All of them change their clocks on a
# Sunday, and by a whole hour.
ZONES = [
    "America/Denver",
    "America/Phoenix",
    "Pacific/Honolulu",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Adak",
    "America/Boise",
    "America/Detroit",
    "America/Indiana/Knox",
    "America/Kentucky/Monticello",
    "America/Puerto_Rico",
    "Pacific/Pago_Pago",
    "Pacific/Guam",
]


@functools.lru_cache(maxsize=64)
def looks(zone, first, days):
    """(instant, what the clock on the wall shows) at every full hour of so many days."""
    moment, wall = dt.datetime.combine(first, dt.time(), tzinfo=dt.UTC) - DAY, zone_of(zone)
    hours = [moment + number * HOUR for number in range((days + 2) * 24)]
    return [(hour, hour.astimezone(wall)) for hour in hours]


def zone_of(name):
    return zoneinfo.ZoneInfo(name)


@dataclass(frozen=True)
class Office:
    """`first` and `days`: the stretch of days that is looked at."""

    zone: str
    opens_at: dt.time
    closes_at: dt.time
    holidays: frozenset[dt.date]
    first: dt.date
    days: int

    def date(self, instant):
        return instant.astimezone(zone_of(self.zone)).date()

    def is_open_on(self, date):
        return date.isoweekday() <= 5 and date not in self.holidays

    @functools.cached_property
    def openings(self):
        """{date: instant}; of an hour that the clock shows twice, the first one."""
        return self._moments(self.opens_at)

    @functools.cached_property
    def closings(self):
        return self._moments(self.closes_at)

    def _moments(self, time):
        moments = {}
        for instant, shown in looks(self.zone, self.first, self.days):
            if shown.hour == time.hour:
                moments.setdefault(shown.date(), instant + time.minute * dt.timedelta(minutes=1))
        return moments

    @functools.cached_property
    def mornings(self):
        """(instant, date) of each opening of a business day."""
        return [(self.openings[date], date) for date in self.openings if self.is_open_on(date)]

    def from_then_on(self, date):
        """The date itself, or the first day after it on which the office is open."""
        while not self.is_open_on(date):
            date += DAY
        return date

    def business_days_before(self, date, count):
        while count:
            date -= DAY
            count -= self.is_open_on(date)
        return date

    def first_open_moment(self, instant):
        """When somebody is in the office, at this instant or the first time after it."""
        for morning, date in self.mornings:
            if instant <= self.closings[date]:
                return max(instant, morning)
        raise AssertionError("The stretch of days is too short.")
