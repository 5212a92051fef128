"""Whatever happens to a wave at once, its tallies equal a recount."""

from functools import partial
from itertools import combinations_with_replacement

import pytest

from surveys.models import Wave
from surveys.services import summaries
from tests.interleaved.runs import needed_to_notice, play_one, run
from tests.interleaved.survey import OPERATIONS, Cast, Survey, differences

PAIRS = list(combinations_with_replacement(OPERATIONS, 2))
THREE = [("submit", "revoke", "rebuild"), ("submit", "invite", "revoke")]


@pytest.fixture
def survey(scheduler):
    return partial(Survey, Cast())


def test_tallies_equal_a_recount_whatever_happens_at_once(scheduler, survey, figure):
    figure(f"tallies: {run(scheduler, survey, [*PAIRS, *THREE])}")
    assert differences(Wave.objects.all()) == []
    twice = [play_one(scheduler, survey, ("submit", "revoke"), 1)[0].order for _ in range(2)]
    assert twice[0] == twice[1]


# ---- Guards switched off -------------------------------------------------------------------------


def test_recount_that_locks_no_table_is_noticed(scheduler, survey, monkeypatch, figure):
    monkeypatch.setattr(summaries, "_LOCK", "SELECT 1")
    number = needed_to_notice(scheduler, survey, ("revoke", "rebuild"))
    figure(f"without the tables' lock: a difference in schedule {number}")
    assert number


def test_counting_without_the_waves_lock_is_noticed(scheduler, survey, monkeypatch, figure):
    monkeypatch.setattr(type(Wave.objects.all()), "select_for_update", lambda rows, **how: rows)
    number = needed_to_notice(scheduler, survey, ("revoke", "revoke"))
    figure(f"without the wave's lock: a difference in schedule {number}")
    assert number
