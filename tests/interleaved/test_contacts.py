"""Whatever happens to meetings at once, the last contact and the last visit equal a recount."""

from functools import partial
from itertools import combinations_with_replacement

import pytest

from agencies.models import Agency
from agencies.services import summaries
from tests.interleaved.contacts import OPERATIONS, Contacts, differences
from tests.interleaved.runs import needed_to_notice, run

PAIRS = list(combinations_with_replacement(OPERATIONS, 2))
THREE = [("log", "edit", "withdraw"), ("log", "edit", "rebuild")]


@pytest.fixture
def contacts(scheduler, cco):
    return partial(Contacts, cco)


def test_last_contact_equals_a_recount_whatever_happens_at_once(scheduler, contacts, figure):
    figure(f"last contact and visit: {run(scheduler, contacts, [*PAIRS, *THREE])}")
    assert differences(Agency.objects.all()) == []


def test_recount_that_locks_no_agency_is_noticed(scheduler, contacts, monkeypatch, figure):
    """A guard switched off."""
    monkeypatch.setattr(summaries, "lock", lambda agency_ids: None)
    number = needed_to_notice(scheduler, contacts, ("log", "edit"))
    figure(f"without the agencies' lock: a difference in schedule {number}")
    assert number
