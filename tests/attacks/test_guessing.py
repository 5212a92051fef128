"""Who guesses links finds none, is slowed from the twentieth on, and disturbs nobody else."""

import datetime as dt
import time

import pytest
from django.core.cache import cache

from crm_portal.lib import links, throttle
from feedback.models import ReportBack
from tests import factories
from tests.attacks.guesser import Guesser
from tests.attacks.server import get, seconds_of_work, serving

pytestmark = pytest.mark.django_db(transaction=True)
SEED = 20270303
GUESSES = 100_000
DOORS = ["/s/", "/r/"]
GUESSING, ELSEWHERE = "203.0.113.9", "198.51.100.7"
SLOWED, ALLOWED = 429, 19


@pytest.fixture(autouse=True)
def nobody_slowed(transactional_db):
    """The cache's table is no model's and outlives a test."""
    cache.clear()


@pytest.fixture
def good_links():
    """A survey's and a report back's, which open all the time, whenever the tests run."""
    invitation = factories.InvitationFactory(wave__closes_on=dt.date(2099, 12, 31))
    concern = factories.ConcernFactory(state="reported", disposed_at=factories.NOW,
                                       disposed_by=factories.UserFactory())  # fmt: skip
    row = ReportBack.objects.create(
        concern=concern,
        person=concern.raised_by,
        round=1,
        did="Done.",
        asked_at=factories.NOW,
        **links.issue("report_back"),
    )
    return {
        f"/s/{links.token_of('survey', invitation)}": 303,
        f"/r/{links.token_of('report_back', row)}": 302,
    }


class Visitor:
    """Opens good links from another address, twice a second, while somebody guesses."""

    def __init__(self, port, good_links):
        self.port, self.good_links = port, good_links
        self.next_at, self.visits, self.slowest, self.refused = 0, 0, 0, []

    def __call__(self):
        begun = time.monotonic()
        if begun < self.next_at:
            return
        for link, wanted in self.good_links.items():
            status = get(self.port, link, ELSEWHERE)
            self.visits += 1
            if status != wanted:
                self.refused.append(status)
        self.slowest = max(self.slowest, time.monotonic() - begun)
        self.next_at = time.monotonic() + 0.5


def test_guesses_find_nothing_and_are_slowed(good_links, tmp_path, figure):
    """The broker is down all the while."""
    log = tmp_path / "web.log"
    with serving(log) as (port, process):
        crowd = Guesser(port, address="203.0.113.1", doors=DOORS, seed=SEED)
        crowd.at_once(200)
        guesser = Guesser(port, address=GUESSING, doors=DOORS, seed=SEED + 1)
        visitor = Visitor(port, good_links)
        begun, worked = time.monotonic(), seconds_of_work(process)
        first = guesser.one_by_one(ALLOWED + 6)
        guesser.at_once(GUESSES - len(first), meanwhile=visitor)
        seconds = time.monotonic() - begun
        worked = seconds_of_work(process) - worked
    figure(
        f"seed {SEED}: {GUESSES:,} guesses in {seconds:.0f} s ({GUESSES / seconds:,.0f} a "
        f"second, {worked / GUESSES * 1000:.2f} ms of the server's work each), answered "
        f"{dict(guesser.answers)}; {visitor.visits} visits by good links meanwhile, the "
        f"slowest pair in {visitor.slowest:.2f} s"
    )
    assert crowd.answers == {404: ALLOWED, SLOWED: 200 - ALLOWED}
    assert first == [404] * ALLOWED + [SLOWED] * 6
    assert guesser.answers.keys() == {404, SLOWED}
    assert guesser.answers[404] <= ALLOWED * (1 + seconds // 60)
    assert visitor.refused == []
    assert visitor.visits >= 2
    # A flood does not fill the disk either, and a good link stands in no log.
    text = log.read_text()
    assert len(text.splitlines()) < 3 * (2 * ALLOWED * (1 + seconds // 60) + visitor.visits + 20)
    assert [link for link in good_links if link.rpartition("/")[2] in text] == []


def test_without_the_limit_nobody_is_slowed(live_server, good_links, monkeypatch, settings):
    """The negative control."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for free, wanted in [
        (ALLOWED, [404] * ALLOWED + [SLOWED] * 6),
        (1_000_000, [404] * (ALLOWED + 6)),
    ]:
        monkeypatch.setattr(throttle, "FREE_MISSES", free)
        address = f"203.0.113.{free % 256}"
        guesser = Guesser(live_server.thread.port, address=address, doors=DOORS, seed=SEED)
        assert guesser.one_by_one(ALLOWED + 6) == wanted
