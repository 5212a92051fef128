"""Whatever happens to a wave at once, each invitation knows the last step in the ledger, and only
the newest step of those who are still asked goes out."""

from functools import partial
from itertools import combinations_with_replacement, product

import pytest

from surveys.models import Invitation, Response
from tests.interleaved.reminding import OTHERS, PLANNING, Reminding
from tests.interleaved.runs import needed_to_notice, run
from tests.interleaved.survey import Cast

COMBINATIONS = [
    *combinations_with_replacement(PLANNING, 2),
    *product(PLANNING, OTHERS),
    ("submit", "write_again"),
    ("revoke", "write_again"),
    ("plan_letters", "plan_letters", "submit"),
    ("plan_letters", "plan_letters", "plan_later"),
]


@pytest.fixture
def reminding(scheduler, cco):
    return partial(Reminding, Cast())


def test_planned_steps_are_those_of_the_ledger(scheduler, reminding, figure):
    figure(f"planned steps: {run(scheduler, reminding, COMBINATIONS)}")


def test_planning_without_a_lock_is_noticed(scheduler, reminding, monkeypatch, figure):
    """A guard switched off: who plans at the same time cancels what was just planned."""
    rows = type(Invitation.objects.all())
    monkeypatch.setattr(rows, "select_for_update", lambda rows, **how: rows)
    number = needed_to_notice(scheduler, reminding, ("plan_letters", "plan_letters"))
    figure(f"without the invitations' lock: a difference in schedule {number}")
    assert number


def test_answers_read_before_the_lock_are_noticed(scheduler, reminding, monkeypatch, figure):
    """A guard switched off: a join shows no answer that arrived while the tick waited."""
    monkeypatch.setattr(type(Response.objects.all()), "submitted", lambda rows: rows.none())
    number = needed_to_notice(scheduler, reminding, ("plan_letters", "submit"))
    figure(f"without a second look at the answers: a difference in schedule {number}")
    assert number
