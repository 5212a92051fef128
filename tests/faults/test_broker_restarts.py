"""The broker goes away under a worker and a beat that run, and comes back empty."""

import time

import pytest

from tests.faults.parts import Parts, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
DOWN = 2
# Seconds from the broker's return to the next tick that was done.
RECOVERED = 10


@pytest.fixture
def parts(tmp_path, broker, smtp_sink):
    broker.start()
    parts = Parts(tmp_path, REDIS_URL=broker.url, TICK_SECONDS="0.3")
    parts.worker()
    parts.beat()
    yield parts
    parts.kill()


def ticks(parts):
    return sum(parts.done().values())


def test_ticks_go_on_when_the_broker_is_back(parts, broker, figure):
    wait_for(lambda: ticks(parts) >= 3)
    broker.stop()
    time.sleep(DOWN)
    before = ticks(parts)
    begun = time.monotonic()
    broker.start()
    wait_for(lambda: ticks(parts) > before, say_why=parts.complaints)
    recovered = time.monotonic() - begun
    figure(f"broker down for {DOWN} s: the next tick was done {recovered:.1f} s after")
    assert recovered <= RECOVERED
