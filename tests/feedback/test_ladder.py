"""The ladder against a naive reader of the calendar, who walks from day to day."""

import datetime as dt
import zoneinfo

from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.calendar import OfficeCalendar
from feedback import ladder

ZONES = [
    "America/Denver",
    "America/Phoenix",
    "Pacific/Honolulu",
    "America/New_York",
    "America/Indiana/Knox",
    "America/Anchorage",
    "Australia/Lord_Howe",
]
DAY = dt.timedelta(days=1)
HISTORIES = 200


@st.composite
def calendars(draw, near):
    return OfficeCalendar(
        zone=zoneinfo.ZoneInfo(draw(st.sampled_from(ZONES))),
        # Offices that close inside the hour that a clock change takes away or repeats, too.
        opens_at=draw(st.sampled_from([dt.time(0, 30), dt.time(1), dt.time(8)])),
        closes_at=draw(st.sampled_from([dt.time(1, 30), dt.time(2, 30), dt.time(17)])),
        holidays=frozenset(
            near + draw(st.integers(-10, 25)) * DAY for _ in range(draw(st.integers(0, 6)))
        ),
    )


@st.composite
def histories(draw):
    due_on = draw(st.dates(dt.date(2024, 1, 1), dt.date(2040, 12, 1)))
    moment = dt.datetime.combine(due_on, dt.time(12), tzinfo=dt.UTC)
    seconds = st.integers(-20 * 86_400, 30 * 86_400)
    return {
        "due_on": due_on,
        "calendar": draw(calendars(due_on)),
        "rung_days": draw(st.integers(1, 5)),
        "last_activity_at": moment + dt.timedelta(seconds=draw(seconds)),
        "now": moment + dt.timedelta(seconds=draw(seconds)),
    }


def naive_level(*, due_on, last_activity_at, calendar, rung_days, now):
    """Walk from day to day and count the mornings that have come since the last day."""

    def is_open_on(date):
        return date.isoweekday() not in (6, 7) and date not in calendar.holidays

    def at(date, time):
        return dt.datetime.combine(date, time).replace(tzinfo=calendar.zone).astimezone(dt.UTC)

    date = due_on
    while not is_open_on(date):
        date += DAY
    wait = 0
    if last_activity_at.astimezone(calendar.zone).date() > date:
        date = last_activity_at.astimezone(calendar.zone).date()
        while not is_open_on(date) or last_activity_at > at(date, calendar.closes_at):
            date += DAY
        wait = rung_days
    mornings = 0
    while at(date + DAY, calendar.opens_at) <= now:
        date += DAY
        mornings += is_open_on(date)
    late = mornings - wait
    return 0 if late <= 0 else min(4, 1 + (late - 1) // rung_days)


@settings(max_examples=HISTORIES, deadline=None)
@given(histories())
def test_level_is_the_naive_readers(history):
    assert ladder.level_at(**history) == naive_level(**history)


@settings(max_examples=300, deadline=None)
@given(histories(), st.lists(st.integers(0, 40 * 86_400), max_size=12))
def test_ladder_holds_the_same_rungs_however_often_somebody_looks(history, looks):
    """Ticks missed, repeated and in any order: each rung once, and never one too early."""
    start = history.pop("now")
    moments = [start + dt.timedelta(seconds=second) for second in looks]
    recorded, announced = set(), []
    for moment in moments:
        levels = ladder.climb(reached=ladder.level_at(**history, now=moment), recorded=recorded)
        recorded.update(levels)
        announced += levels[-1:]
    highest = max((naive_level(**history, now=moment) for moment in moments), default=0)
    assert recorded == set(range(1, highest + 1))
    assert len(announced) == len(set(announced))
    assert announced == sorted(announced)


@settings(max_examples=500, deadline=None)
@given(histories())
def test_reminder_is_due_in_the_days_before_and_never_after(history):
    calendar, now = history["calendar"], history["now"]
    is_due = ladder.is_time_to_remind(
        due_on=history["due_on"], calendar=calendar, days_before=history["rung_days"], now=now
    )
    last, since, left = history["due_on"], history["due_on"], history["rung_days"]
    while not calendar.is_business_day(last):
        last += DAY
    since = last
    while left:
        since -= DAY
        left -= calendar.is_business_day(since)
    assert is_due == (calendar.opening(since) <= now <= calendar.closing(last))


CALENDAR = OfficeCalendar(
    zone=zoneinfo.ZoneInfo("America/Denver"),
    opens_at=dt.time(8),
    closes_at=dt.time(17),
    holidays=frozenset({dt.date(2027, 3, 9)}),
)


def level(*, due="2027-03-05", activity="2027-03-01T10:00", now):
    """On a Friday; Tuesday the 9th is a holiday. Times are the office's."""

    def instant(text):
        return dt.datetime.fromisoformat(text).replace(tzinfo=CALENDAR.zone)

    return ladder.level_at(
        due_on=dt.date.fromisoformat(due),
        last_activity_at=instant(activity),
        calendar=CALENDAR,
        rung_days=2,
        now=instant(now),
    )


def test_due_day_belongs_to_the_owner_and_nobody_is_told_at_night():
    assert level(now="2027-03-05T23:59") == 0
    assert level(now="2027-03-08T07:59:59") == 0
    assert level(now="2027-03-08T08:00") == 1


def test_weekends_and_holidays_are_no_days_of_the_ladder():
    assert level(now="2027-03-11T07:59") == 1
    assert level(now="2027-03-11T08:00") == 2


def test_ladder_ends_at_the_fourth_rung():
    assert level(now="2027-12-01T12:00") == 4


def test_a_due_date_on_a_closed_day_lasts_until_the_office_has_been_open():
    assert level(due="2027-03-06", now="2027-03-08T23:59") == 0
    assert level(due="2027-03-06", now="2027-03-10T08:00") == 1


def test_activity_after_the_due_date_starts_the_clock_anew():
    assert level(activity="2027-03-08T10:00", now="2027-03-12T07:59") == 0
    assert level(activity="2027-03-08T10:00", now="2027-03-12T08:00") == 1


def test_activity_at_night_counts_from_the_next_opening():
    assert level(activity="2027-03-08T20:00", now="2027-03-15T07:59") == 0
    assert level(activity="2027-03-08T20:00", now="2027-03-15T08:00") == 1


def test_what_lists_call_late_is_what_the_ladder_calls_late():
    """Seen at noon of each day around a due date on a Saturday before a holiday on Tuesday."""
    late = [
        (level(due="2027-03-06", now=f"{day}T12:00") > 0, dt.date(2027, 3, 6) < before)
        for day in ("2027-03-06", "2027-03-07", "2027-03-08", "2027-03-10")
        for before in [CALENDAR.late_before(dt.date.fromisoformat(day))]
    ]
    assert late == [(False, False), (False, False), (False, False), (True, True)]
