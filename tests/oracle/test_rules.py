"""The pure functions of the ladder and of the survey's steps against the naive rules."""

import datetime as dt

import pytest

from accounts.calendar import OfficeCalendar
from feedback import ladder
from surveys import schedule
from tests.oracle import rules
from tests.oracle.offices import calendar_of, random_instant, random_office
from tests.oracle.runs import HISTORIES, SEED, needed_to_notice, run
from tests.oracle.wall_clock import DAY, HOUR, ZONES, zone_of

DAYS, MORE = 50, 45
# Histories that share an office: its days are gone through once for all of them.
TOGETHER = 4


def random_histories(random):
    office = random_office(random, days=DAYS, more=MORE)
    return office, [random_facts(random, office) for _ in range(TOGETHER)]


def random_facts(random, office):
    return {
        "due_on": office.first + random.randrange(12, 26) * DAY,
        "activity": random_instant(random, office, 8, 36),
        "rung_days": random.randint(1, 5),
        "days_before": random.randint(0, 5),
        "reminder_days": random.sample(range(1, 31), random.randrange(5)),
        "looks": [random_instant(random, office, 5, DAYS) for _ in range(random.randrange(1, 8))],
    }


def check_all(drawn):
    office, histories = drawn
    for facts in histories:
        check(office, **facts)
    return sum(len(facts["looks"]) for facts in histories)


def check(office, *, due_on, activity, rung_days, days_before, reminder_days, looks):
    """Every look at one history says what the naive rules say."""
    calendar = calendar_of(office)
    action = {"due_on": due_on, "last_activity_at": activity, "rung_days": rung_days}
    reminder = {"due_on": due_on, "days_before": days_before}
    survey = {"invited_at": activity, "reminder_days": reminder_days}
    recorded: list[int] = []
    for now in looks:
        level = ladder.level_at(**action, calendar=calendar, now=now)
        assert level == rules.rung(**action, office=office, now=now)
        assert ladder.climb(reached=level, recorded=recorded) == rules.new_rungs(level, recorded)
        recorded += rules.new_rungs(level, recorded)
        assert ladder.is_time_to_remind(
            **reminder, calendar=calendar, now=now
        ) == rules.is_time_to_remind(**reminder, office=office, now=now)
        step = schedule.due_step(**survey, calendar=calendar, now=now)
        number = step.seq if step is not None else -1
        assert number == rules.due_survey_step(**survey, office=office, now=now)
    steps = schedule.steps(**survey, calendar=calendar)
    plan = [(step.seq, step.kind, step.due_at) for step in steps]
    assert plan == rules.survey_steps(**survey, office=office)


def test_every_look_at_a_history_says_what_the_naive_rules_say(figure):
    seen, looks = run(check_all, random_histories, times=HISTORIES // TOGETHER)
    histories = seen * TOGETHER
    assert looks > histories, "Hardly anything happened in them."
    figure(f"pure rules: seed {SEED}, {histories:,} histories, {looks:,} looks, 0 differences")


def test_clocks_change_on_sundays_by_an_hour():
    """What the naive reading takes for granted: it looks at the clock at full hours only."""
    changes = set()
    for zone in map(zone_of, ZONES):
        noon = dt.datetime(2024, 1, 1, 12, tzinfo=zone)
        while noon.year < 2041:
            step = abs((noon + DAY).utcoffset() - noon.utcoffset())
            changes |= {(step, (noon + DAY).strftime("%A"))} if step else set()
            noon += DAY
    assert changes == {(HOUR, "Sunday")}


# ---- Planted faults ------------------------------------------------------------------------------


def late_by_a_moment(monkeypatch):
    """As if the ladder said "after" where it says "at or after"."""
    right = ladder.level_at
    monkeypatch.setattr(
        ladder,
        "level_at",
        lambda *, now, **facts: right(now=now - dt.timedelta.resolution, **facts),
    )


def nothing_is_known_as_recorded(monkeypatch):
    monkeypatch.setattr(ladder, "climb", lambda *, reached, recorded: list(range(1, reached + 1)))


def the_clock_never_changes(monkeypatch):
    """Winter time all year, as with a fixed distance from Greenwich."""

    def opening(calendar, date):
        winter = calendar.zone.utcoffset(dt.datetime(date.year, 1, 1))
        return dt.datetime.combine(date, calendar.opens_at, tzinfo=dt.timezone(winter))

    monkeypatch.setattr(OfficeCalendar, "opening", opening)


def holidays_are_worked_through(monkeypatch):
    monkeypatch.setattr(
        OfficeCalendar, "is_business_day", lambda calendar, date: date.weekday() < 5
    )


FAULTS = [
    late_by_a_moment,
    nothing_is_known_as_recorded,
    the_clock_never_changes,
    holidays_are_worked_through,
]


@pytest.mark.parametrize("plant", FAULTS)
def test_planted_fault_is_noticed(plant, monkeypatch):
    plant(monkeypatch)
    assert needed_to_notice(check_all, random_histories, most=100)
