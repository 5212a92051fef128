"""Whoever makes whom a part of whom at once: no agency ends above itself."""

from functools import partial
from itertools import combinations_with_replacement

import pytest
from django.db import connection

from agencies.models import Agency
from agencies.models.agencies import NoAgencyAboveItself
from tests.interleaved.hierarchy import EDITS, Hierarchy
from tests.interleaved.runs import needed_to_notice, run

COMBINATIONS = [
    *combinations_with_replacement(EDITS, 2),
    ("edit_on_the_page", "edit_on_the_page", "edit_in_sql"),
]


@pytest.fixture
def hierarchy(scheduler, cco, administrator):
    return partial(Hierarchy, cco, administrator)


def test_no_agency_ends_above_itself_whoever_edits_at_once(scheduler, hierarchy, figure):
    figure(f"parts: {run(scheduler, hierarchy, COMBINATIONS, times=20)}")


# ---- Guards switched off -------------------------------------------------------------------------


@pytest.fixture
def altered():
    """`altered("a", "b")`: the database's rule with other words in it, until the test ends."""
    with connection.cursor() as cursor:
        name = NoAgencyAboveItself().get_pgid(Agency)
        cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [name])
        [original] = cursor.fetchone()

        def alter(old, new):
            assert old in original
            cursor.execute(original.replace(old, new))

        yield alter
        cursor.execute(original)


def test_walk_upwards_that_waits_for_nobody_is_noticed(scheduler, hierarchy, altered, figure):
    altered("pg_advisory_xact_lock(5, 0)", "1")
    number = needed_to_notice(scheduler, hierarchy, ("edit_on_the_page", "edit_on_the_page"))
    figure(f"without the lock of all parents: a circle in schedule {number}")
    assert number


def test_rule_that_looks_one_step_up_is_noticed(scheduler, hierarchy, altered, figure):
    altered("JOIN above USING (id)", "JOIN above USING (id) WHERE false")
    number = needed_to_notice(scheduler, hierarchy, ("edit_on_the_page", "edit_on_the_page"))
    figure(f"without walking up: a circle in schedule {number}")
    assert number
