"""Reminders and rungs over rows: each once, whatever the ticks did."""

import datetime as dt
import threading

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from feedback.models import Action, Rung
from feedback.services import actions, escalation
from outbox.models import Letter
from tests import factories
from tests.feedback.conftest import letters
from tests.feedback.test_ladder import naive_level


def rungs():
    return [(rung.cycle, rung.level, rung.told and rung.told.name) for rung in Rung.objects.all()]


@pytest.fixture
def heads(lead, cco, state_cio):
    """Everybody whom the ladder names."""


@pytest.fixture
def due(action, heads):
    """`due(days=1, hour=18)`: so many days after the due date, at this hour of the office."""
    zone = dt.timezone(dt.timedelta(hours=-7))

    def at(days=0, hour=18):
        date = action.due_on + dt.timedelta(days=days)
        return dt.datetime.combine(date, dt.time(hour), tzinfo=zone)

    return at


# The action is due on Wednesday, March 10th.


def test_owner_is_reminded_once_two_business_days_before(due):
    for moment in [due(-2, 7), due(-2, 8), due(-2, 9), due(-1), due(0, 12), due(0, 18)]:
        escalation.remind_before_due(now=moment)
    assert letters() == [("dana@oit.example", "due_soon", "queued")]
    assert Letter.objects.get().planned_at == due(-2, 8)


def test_reminder_that_was_missed_is_made_up_for(due):
    escalation.remind_before_due(now=due(0, 16))
    assert len(letters("due_soon")) == 1


def test_note_brings_no_second_reminder_of_the_same_date(due, action, liaison):
    escalation.remind_before_due(now=due(-2, 9))
    actions.note(action=action, text="Half done.", by=liaison, now=due(-2, 10))
    escalation.remind_before_due(now=due(-1, 9))
    assert len(letters("due_soon")) == 1


def test_new_date_and_new_owner_are_reminded_anew(due, action, liaison, officer):
    escalation.remind_before_due(now=due(-2, 9))
    actions.hand_over(action=action, to=officer, by=liaison, now=due(-2, 10))
    escalation.remind_before_due(now=due(-2, 11))
    actions.set_due(
        action=action, due_on=due(7).date(), why="Parts are late.", by=officer, now=due(-1)
    )
    escalation.remind_before_due(now=due(-1))
    escalation.remind_before_due(now=due(6, 12))
    assert [row[0] for row in letters("due_soon")] == [
        "dana@oit.example",
        "risk@oit.example",
        "risk@oit.example",
    ]


def test_each_rung_tells_the_next_one_up(due):
    for days in range(20):
        escalation.climb(now=due(days))
        escalation.climb(now=due(days))
    assert rungs() == [
        (1, 1, "Dana Ortiz"),
        (1, 2, "Lee Adler"),
        (1, 3, "Carla Ochoa"),
        (1, 4, "Sam Cioffi"),
    ]
    assert [row[0] for row in letters()] == [
        "dana@oit.example",
        "lead@oit.example",
        "cco@oit.example",
        "cio@oit.example",
    ]


def test_due_day_is_silent(due):
    escalation.climb(now=due(0, 16))
    assert rungs() == []


def test_after_an_outage_only_the_highest_is_announced(due):
    escalation.climb(now=due(7))
    assert rungs() == [(1, 1, None), (1, 2, None), (1, 3, "Carla Ochoa")]
    assert letters() == [("cco@oit.example", "escalation", "queued")]


def test_activity_resets_the_ladder(due, action, liaison):
    escalation.climb(now=due(2))
    actions.note(action=action, text="It is on its way.", by=liaison, now=due(5, 10))
    escalation.climb(now=due(5))
    assert len(letters()) == 1
    escalation.climb(now=due(7))
    assert len(letters()) == 1
    escalation.climb(now=due(8))
    assert rungs()[-1] == (2, 1, "Dana Ortiz")


def test_done_action_climbs_no_more(due, action, liaison):
    actions.complete(action=action, outcome="Done.", by=liaison, now=due(1))
    escalation.climb(now=due(9))
    assert rungs() == []


def test_empty_posts_are_no_dead_ends(due, action):
    User.objects.filter(role="liaison_lead").update(is_active=False)
    User.objects.filter(role="cco").update(is_active=False)
    for days in range(10):
        escalation.climb(now=due(days))
    assert [row[2] for row in rungs()] == ["Dana Ortiz", "Sam Cioffi", "Sam Cioffi", "Sam Cioffi"]


def test_owner_who_left_is_stood_in_for_by_the_lead(due, liaison):
    liaison.is_active = False
    liaison.save(update_fields=["is_active"])
    escalation.remind_before_due(now=due(0, 12))
    escalation.climb(now=due(1))
    assert [row[:2] for row in letters()] == [("lead@oit.example", "escalation")]


def test_later_holiday_sends_no_rung_again(due, action):
    escalation.climb(now=due(5))
    factories.HolidayFactory(date=due(1).date())
    escalation.office.forget()
    for days in range(5, 9):
        escalation.climb(now=due(days))
    assert [row[:2] for row in rungs()] == [(1, 1), (1, 2), (1, 3)]
    assert len(letters()) == 2


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_the_same_time_announce_once(due):
    moment = due(7)

    def work():
        escalation.climb(now=moment)
        escalation.remind_before_due(now=moment)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rungs()) == 3
    assert len(letters()) == 1


def test_statements_of_a_quiet_tick_do_not_grow(
    due, agency, liaison, django_assert_num_queries, later
):
    escalation.climb(now=due(1))
    escalation.remind_before_due(now=due(0))
    for _ in range(3):
        factories.ActionFactory(agency=agency, owner=liaison, due_on=due(0).date())
    escalation.climb(now=due(1))
    with django_assert_num_queries(2):
        escalation.climb(now=due(1, 19))
    with django_assert_num_queries(1):
        escalation.remind_before_due(now=due(0, 19))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.integers(0, 14 * 24), st.sampled_from(["tick", "tick", "tick", "note"])),
        max_size=10,
    )
)
def test_any_history_of_ticks_and_notes_tells_each_rung_once(due, action, liaison, history):
    """The rows hold what a memory of every look holds, and the letters are its announcements."""
    Rung.objects.all().delete()
    Letter.objects.all().delete()
    Action.objects.update(cycle=1, last_activity_at=due(-7))
    told, recorded, cycle, activity = [], set(), 1, due(-7)
    for hours, what in sorted(history):
        moment = due(0, 0) + dt.timedelta(hours=hours)
        if what == "note":
            actions.note(action=action, text="On it.", by=liaison, now=moment)
            cycle, activity = cycle + 1, moment
            continue
        escalation.climb(now=moment)
        level = naive_level(
            due_on=action.due_on,
            last_activity_at=activity,
            calendar=escalation.office.calendar(),
            rung_days=2,
            now=moment,
        )
        new = [step for step in range(1, level + 1) if (cycle, step) not in recorded]
        recorded.update((cycle, step) for step in new)
        told += [(cycle, step) for step in new[-1:]]
    assert {row[:2] for row in rungs()} == recorded
    assert [row.seq for row in Letter.objects.order_by("pk")] == [
        cycle * 10 + level for cycle, level in told
    ]
