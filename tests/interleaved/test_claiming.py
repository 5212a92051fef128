"""However many senders claim at once, nobody gets more survey letters a day than the cap says."""

from itertools import combinations_with_replacement

import pytest

from crm_portal.letters import KINDS
from crm_portal.lib import locks
from outbox.models import Letter
from outbox.services import claims
from tests.interleaved.claiming import SENDERS, Claiming
from tests.interleaved.runs import needed_to_notice, run
from tests.outbox.kinds import TEST_KINDS

COMBINATIONS = [*combinations_with_replacement(SENDERS, 2), ("claim", "claim", "claim")]


@pytest.fixture(autouse=True)
def patient_letters(monkeypatch, office_row):
    key = ("test", "patient")
    monkeypatch.setitem(KINDS, key, TEST_KINDS[key])


@pytest.mark.parametrize("cap", [1, 2])
def test_nobody_gets_more_than_the_cap_whoever_claims_at_once(scheduler, settings, cap, figure):
    settings.OUTBOX_DAILY_CAP = cap
    figure(f"daily cap of {cap}: {run(scheduler, Claiming, COMBINATIONS)}")


# ---- Guards switched off -------------------------------------------------------------------------


def test_claims_that_do_not_wait_for_each_other_are_noticed(scheduler, monkeypatch, figure):
    monkeypatch.setattr(locks, "hold", lambda rule, names=(): None)
    number = needed_to_notice(scheduler, Claiming, ("claim", "claim"))
    figure(f"without the lock of the day's letters: a difference in schedule {number}")
    assert number


def test_counting_only_what_was_sent_is_noticed(scheduler, monkeypatch, figure):
    of_today = claims._of_today

    def only_sent(addresses, today):
        return of_today(addresses, today).filter(state=Letter.State.SENT)

    monkeypatch.setattr(claims, "_of_today", only_sent)
    number = needed_to_notice(scheduler, Claiming, ("claim", "claim"))
    figure(f"with letters on their way uncounted: a difference in schedule {number}")
    assert number
