import datetime as dt
import zoneinfo

from hypothesis import given
from hypothesis import strategies as st

from accounts import office
from accounts.calendar import OfficeCalendar, fiscal_year

DENVER = zoneinfo.ZoneInfo("America/Denver")
NEW_YEAR = dt.date(2027, 1, 1)
CALENDAR = OfficeCalendar(
    zone=DENVER,
    opens_at=dt.time(8),
    closes_at=dt.time(17),
    holidays=frozenset({NEW_YEAR}),
)


def test_business_days_skip_weekends_and_holidays():
    assert CALENDAR.add_business_days(dt.date(2026, 12, 31), 1) == dt.date(2027, 1, 4)
    assert CALENDAR.add_business_days(dt.date(2027, 1, 4), -1) == dt.date(2026, 12, 31)
    assert CALENDAR.add_business_days(NEW_YEAR, 0) == NEW_YEAR


def test_closing_time_is_local_on_both_sides_of_a_clock_change():
    assert CALENDAR.closing(dt.date(2027, 3, 12)) == dt.datetime(2027, 3, 13, 0, tzinfo=dt.UTC)
    assert CALENDAR.closing(dt.date(2027, 3, 15)) == dt.datetime(2027, 3, 15, 23, tzinfo=dt.UTC)


def test_next_opening_is_now_while_somebody_is_in():
    friday_noon = dt.datetime(2027, 3, 5, 12, tzinfo=DENVER)
    friday_night = dt.datetime(2027, 3, 5, 22, tzinfo=DENVER)
    early_monday = dt.datetime(2027, 3, 8, 5, tzinfo=DENVER)
    monday_opening = dt.datetime(2027, 3, 8, 8, tzinfo=DENVER)
    assert CALENDAR.next_opening(friday_noon) == friday_noon
    assert CALENDAR.next_opening(friday_night) == monday_opening
    assert CALENDAR.next_opening(early_monday) == monday_opening


@given(st.dates(dt.date(2024, 1, 1), dt.date(2040, 12, 31)), st.integers(-30, 30))
def test_adding_business_days_equals_counting_them_one_by_one(date, count):
    step = dt.timedelta(days=1 if count > 0 else -1)
    walker, left = date, abs(count)
    while left:
        walker += step
        left -= walker.weekday() < 5 and walker != NEW_YEAR
    assert CALENDAR.add_business_days(date, count) == walker


def test_fiscal_years_are_named_after_the_year_in_which_they_end():
    assert fiscal_year(dt.date(2026, 6, 30), starts=7) == 2026
    assert fiscal_year(dt.date(2026, 7, 1), starts=7) == 2027
    assert fiscal_year(dt.date(2026, 12, 31), starts=1) == 2026
    assert fiscal_year(dt.date(2026, 4, 1), starts=4) == 2027


def test_installation_without_an_office_has_its_default_hours(db):
    assert office.calendar().closing(dt.date(2027, 3, 3)) == dt.datetime(2027, 3, 4, tzinfo=dt.UTC)
