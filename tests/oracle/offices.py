"""Random offices, and moments in their days that are worth looking at."""

import datetime as dt

from accounts.calendar import OfficeCalendar
from tests.oracle.wall_clock import DAY, ZONES, Office, zone_of

# None begins or ends in the hour from 2 to 3, which the clock leaves out once a year.
HOURS = [
    (dt.time(8), dt.time(17)),
    (dt.time(7, 30), dt.time(16, 30)),
    (dt.time(9, 15), dt.time(18, 45)),
    (dt.time(0, 30), dt.time(1, 30)),
    (dt.time(1), dt.time(23, 59)),
]
FIRST, LAST = dt.date(2024, 1, 1), dt.date(2040, 9, 1)
# Weeks in which the clock changes, in March and in November, are drawn more often than others.
CHANGES = [(2, 20), (10, 15)]
A_SECOND = dt.timedelta(seconds=1)
BESIDE = [*[dt.timedelta()] * 4, -A_SECOND, A_SECOND, dt.timedelta.resolution]


def random_office(random, *, days, more):
    """With few holidays, or with so many that a week or two are closed. Histories happen in the
    first `days`, and what follows from them in the `more` days after."""
    first = FIRST + random.randrange((LAST - FIRST).days) * DAY
    if random.random() < 0.5:
        first = dt.date(first.year, *random.choice(CHANGES)) + random.randrange(10) * DAY
    closed = set(random.sample(range(days), random.randrange(5)))
    if random.random() < 0.3:
        begin = random.randrange(8, days - 10)
        closed |= set(range(begin, begin + random.randrange(3, 12)))
    opens_at, closes_at = random.choice(HOURS)
    return Office(
        zone=random.choice(ZONES),
        opens_at=opens_at,
        closes_at=closes_at,
        holidays=frozenset(first + day * DAY for day in closed),
        first=first,
        days=days + more,
    )


def calendar_of(office):
    """What the product knows of the same office."""
    return OfficeCalendar(
        zone=zone_of(office.zone),
        opens_at=office.opens_at,
        closes_at=office.closes_at,
        holidays=office.holidays,
    )


def random_instant(random, office, first, last):
    """On one of these days; every other time at an opening or a closing, or just beside it."""
    date = office.first + random.randrange(first, last) * DAY
    if random.random() < 0.5:
        strokes = random.choice([office.openings, office.closings])
        return strokes[date] + random.choice(BESIDE)
    midnight = dt.datetime.combine(date, dt.time(), tzinfo=dt.UTC)
    return midnight + random.randrange(86_400) * A_SECOND


def random_ticks(random, office, *, first, last, most):
    """Some of them twice, and after each other as often as after days without any."""
    ticks = [random_instant(random, office, first, last) for _ in range(random.randrange(6, most))]
    ticks += random.sample(ticks, random.randrange(3))
    return sorted(ticks)
