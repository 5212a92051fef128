"""Who guesses links finds none, is slowed from the twentieth on, and disturbs nobody else."""

import datetime as dt
import time

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.links import reset_key_of
from accounts.models import AddressChange
from crm_portal.lib import links, throttle
from crm_portal.lib.proxies import parse_proxies
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
    settings.TRUSTED_PROXIES = parse_proxies(["127.0.0.1"])
    for free, wanted in [
        (ALLOWED, [404] * ALLOWED + [SLOWED] * 6),
        (1_000_000, [404] * (ALLOWED + 6)),
    ]:
        monkeypatch.setattr(throttle, "FREE_MISSES", free)
        address = f"203.0.113.{free % 256}"
        guesser = Guesser(live_server.thread.port, address=address, doors=DOORS, seed=SEED)
        assert guesser.one_by_one(ALLOWED + 6) == wanted


def test_a_good_link_opens_from_the_network_of_whoever_guesses(good_links, liaison):
    """Whole offices share one address: of every kind of link, wrong ones are refused and good ones
    open, in the browser of whoever guessed, too."""
    change = AddressChange.objects.create(
        user=liaison, new_address="d@oit.example", asked_at=factories.NOW, **links.issue("address")
    )
    opening = {
        **good_links,
        f"/a/{links.token_of('address', change)}": 302,
        reverse("account_reset_password_from_key", kwargs=reset_key_of(liaison)): 302,
    }
    assert len(opening) == len(throttle.DOORS)
    guesser, colleague = Client(REMOTE_ADDR=GUESSING), Client(REMOTE_ADDR=GUESSING)
    wrong = [link[:-9] + ("XXXXXXXX/" if link.endswith("/") else "XXXXXXXXX") for link in opening]
    for number in range(ALLOWED + 1):
        guesser.get(wrong[number % len(wrong)])
    assert [guesser.get(link).status_code for link in wrong] == [SLOWED] * len(wrong)
    for visitor in (colleague, guesser):
        assert {link: visitor.get(link).status_code for link in opening} == opening
    # And so do the pages behind them, which the browser is let into by a cookie.
    for link in good_links:
        assert colleague.get(link, follow=True).status_code == 200
