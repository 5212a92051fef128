"""Ten thousand requests as no browser sends them: no fault of ours, and no memory that grows."""

import gc
import logging
import time
from collections import Counter
from contextlib import contextmanager

import psutil
import pytest
from django.db import transaction
from django.test import Client

from crm_portal.lib import links
from tests.attacks.garbage import Forms, Maker
from tests.attacks.places import account_addresses, admin_addresses, door_addresses
from tests.attacks.server import get, serving
from tests.attacks.wire import send_broken

SEED = 20270303
REQUESTS = 5_000
BROKEN = 5_000
MEGABYTE = 1024 * 1024
GROWTH = 20 * MEGABYTE
# What the web server says of itself before it asks us: no such method, no such version.
REFUSED_BY_HTTP = {501, 505}
ROLES = [None, "administrator", "cco", "lead", "liaison", "representative"]


class Crowd:
    """Several people who send garbage; what came of it. Whatever a request changed is undone, so
    that the next finds the same world."""

    def __init__(self, world):
        self.clients = [self.client_of(world, role) for role in ROLES]
        self.statuses, self.faults, self.seconds = Counter(), [], []

    @staticmethod
    def client_of(world, role):
        """Signed in, and with the cookies of two personal links."""
        client = Client(raise_request_exception=False)
        if role:
            client.force_login(world.people[role])
        client.get(f"/s/{links.token_of('survey', world.mine.invitation)}")
        client.get(f"/r/{links.token_of('report_back', world.mine.report_back)}")
        return client

    def forms(self, addresses):
        """path → names of the fields that forms of some page send there, as these people see it."""
        found = {}
        for client in self.clients:
            for address in addresses:
                page = client.get(address)
                if page.status_code == 200 and page["Content-Type"].startswith("text/html"):
                    forms = Forms(address)
                    forms.feed(page.content.decode())
                    for target, names in forms.found.items():
                        found[target] = [*dict.fromkeys(found.get(target, []) + names)]
        return found

    def send(self, request, dice):
        client = dice.choice(self.clients)
        kept = dict(client.cookies)
        begun = time.perf_counter()
        with transaction.atomic():
            answer = client.generic(
                request.method,
                request.path,
                request.body,
                content_type=request.content_type,
                QUERY_STRING=request.query,
                headers=request.headers | cookie_header(kept, request.cookies),
            )
            if answer.streaming:
                b"".join(answer.streaming_content)
            transaction.set_rollback(True)
        self.seconds.append(time.perf_counter() - begun)
        self.statuses[answer.status_code] += 1
        # A portal that nobody ticks is not well, and says so.
        is_unwell = (answer.status_code, request.path) == (503, "/healthz")
        if answer.status_code >= 500 and not is_unwell:
            self.faults.append(f"{request}: {answer.exc_info and answer.exc_info[1]!r}")
        client.cookies.clear()
        client.cookies.update(kept)


def cookie_header(kept, broken):
    pairs = [f"{name}={morsel.coded_value}" for name, morsel in kept.items()]
    return {"cookie": "; ".join(pairs + [f"{name}={value}" for name, value in broken.items()])}


class Nowhere:
    """Where log lines go meanwhile: made, and not kept."""

    def write(self, text):
        pass

    def flush(self):
        pass


@contextmanager
def logged_nowhere(monkeypatch):
    """Our own handlers write; the test runner's, which keep each record, do not. A record that
    cannot be written is a fault too."""
    broken = []
    monkeypatch.setattr(logging.Handler, "handleError", lambda _self, record: broken.append(record))
    root = logging.getLogger()
    ours = [handler for handler in root.handlers if type(handler) is logging.StreamHandler]
    kept, root.handlers[:] = list(root.handlers), ours
    streams = [handler.setStream(Nowhere()) for handler in ours]
    try:
        yield broken
    finally:
        root.handlers[:] = kept
        for handler, stream in zip(ours, streams, strict=True):
            handler.setStream(stream)


def memory(process):
    gc.collect()
    return process.memory_info().rss


def run(crowd, maker, count, monkeypatch):
    """Send so many. Returns by how much the memory grew, from when the first fifth and the heaviest
    were through."""
    process = psutil.Process()
    with logged_nowhere(monkeypatch) as broken:
        for request in maker.heaviest():
            crowd.send(request, maker.dice)
        for number in range(count):
            if number == count // 5:
                before = memory(process)
            crowd.send(maker.make(), maker.dice)
    assert broken == []
    return memory(process) - before


@pytest.mark.django_db
def test_garbage_breaks_nothing(world, monkeypatch, figure):
    addresses = [*door_addresses(world).values(), *account_addresses(), *admin_addresses()]
    crowd = Crowd(world)
    maker = Maker(SEED, addresses, crowd.forms(addresses))
    growth = run(crowd, maker, REQUESTS, monkeypatch)
    p99 = sorted(crowd.seconds)[int(len(crowd.seconds) * 0.99)]
    figure(
        f"seed {SEED}: {REQUESTS:,} requests at {len(addresses)} addresses, answered "
        f"{dict(sorted(crowd.statuses.items()))}; memory grew by {growth / MEGABYTE:.1f} MB; "
        f"99 of 100 took at most {p99 * 1000:.0f} ms"
    )
    assert crowd.faults == []
    assert growth < GROWTH
    # Garbage that gets no further than the door would prove little.
    assert crowd.statuses[200] + crowd.statuses[422] > REQUESTS / 10


@pytest.mark.django_db
def test_a_view_that_raises_or_hoards_is_noticed(world, monkeypatch):
    """The negative control."""
    hoard = []

    def careless(*args, **kwargs):
        hoard.append(b"x" * MEGABYTE)
        raise LookupError

    monkeypatch.setattr("accounts.views.profile.render", careless)
    crowd = Crowd(world)
    maker = Maker(SEED, ["/profile/"], {})
    assert run(crowd, maker, 150, monkeypatch) > GROWTH
    assert "LookupError" in crowd.faults[0]


@pytest.mark.django_db(transaction=True)
def test_broken_http_breaks_nothing(tmp_path, figure):
    log = tmp_path / "web.log"
    with serving(log) as (port, process):
        statuses = Counter(send_broken(port, count=BROKEN // 5, seed=SEED))
        workers = process.children()
        before = sum(map(memory, workers))
        statuses.update(send_broken(port, count=BROKEN - BROKEN // 5, seed=SEED + 1))
        growth = sum(map(memory, workers)) - before
        assert get(port, "/accounts/login/", "192.0.2.1") == 200
        assert process.children() == workers, "a worker died"
    figure(
        f"seed {SEED}: {BROKEN:,} broken requests, answered "
        f"{dict(sorted(statuses.items()))} (0: hung up); memory of both workers grew by "
        f"{growth / MEGABYTE:.1f} MB"
    )
    assert {status for status in statuses if status >= 500} <= REFUSED_BY_HTTP
    assert "Internal Server Error" not in log.read_text()
    assert growth < GROWTH
