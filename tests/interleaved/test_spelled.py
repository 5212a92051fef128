"""Whoever takes spellings apart and puts them back at once: each agency keeps its own first one."""

from functools import partial
from itertools import combinations_with_replacement

import pytest

from crm_portal.lib import locks
from tests.interleaved.runs import faults, play_one, run
from tests.interleaved.spelled import OPERATIONS, Spelled

COMBINATIONS = [
    *combinations_with_replacement(OPERATIONS, 2),
    *combinations_with_replacement(OPERATIONS, 3),
]


@pytest.fixture
def spelled(scheduler, cco):
    return partial(Spelled, cco)


def test_spellings_are_taken_apart_one_after_the_other(scheduler, spelled, figure):
    figure(f"spellings: {run(scheduler, spelled, COMBINATIONS)}")


def test_splits_that_do_not_wait_for_each_other_are_noticed(
    scheduler, spelled, monkeypatch, figure
):
    """A guard switched off: each holds one spelling and wants the other's."""
    monkeypatch.setattr(locks, "hold", lambda rule, names=(): None)
    for number in range(200):
        play, wrong = play_one(scheduler, spelled, ("split", "split"), number)
        if wrong or faults(play):
            break
    figure(f"without the lock of all spellings: {wrong or faults(play)[0][:40]} in {number + 1}")
    assert wrong or faults(play)
