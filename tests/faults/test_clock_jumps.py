"""The system's clock is wrong for a while, and is put right under a worker and a beat that run."""

import datetime as dt
import time
from pathlib import Path

import pytest
from django.utils import timezone

from crm_portal.celery import app
from crm_portal.letters import KINDS
from outbox import queries
from outbox.models import Heartbeat, Letter
from tests.faults.parts import Parts, wait_for
from tests.outbox import kill_harness
from tests.outbox.kill_harness import outcome
from tests.outbox.kinds import TEST_KINDS

pytestmark = pytest.mark.django_db(transaction=True)
SIX_HOURS = 6 * 3600
TICK = 0.3
# Seconds from the jump to the next tick that was done, on a busy machine.
RECOVERED = 10
LETTERS = 40


class Clock:
    """The clock of all parts, as far ahead of ours as the file says."""

    def __init__(self, folder):
        self.file = folder / "clock"
        self.put(0)

    def put(self, ahead):
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(ahead))
        fresh.replace(self.file)


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path)


@pytest.fixture
def parts(tmp_path, clock, smtp_sink, monkeypatch):
    app.control.purge()
    for key, kind in TEST_KINDS.items():
        monkeypatch.setitem(KINDS, key, kind)
    parts = Parts(
        tmp_path,
        ahead=str(clock.file),
        TICK_SECONDS=str(TICK),
        SMTP_COMMAND_TIMEOUT="1",
        SMTP_DATA_TIMEOUT="1",
        OUTBOX_SETTLE_SECONDS="1",
    )
    yield parts
    parts.kill()


def ticks(parts):
    return sum(parts.done().values())


def go_on(parts, count=3):
    """How long so many more ticks take."""
    begun, enough = time.monotonic(), ticks(parts) + count
    wait_for(lambda: ticks(parts) >= enough, seconds=30, say_why=parts.complaints)
    return time.monotonic() - begun


def last_tick():
    return Heartbeat.objects.order_by("-last_run_at").first().last_run_at


def health():
    return queries.health(timezone.now())


@pytest.mark.parametrize("wrong", [SIX_HOURS, -SIX_HOURS], ids=["ahead", "behind"])
def test_ticks_and_letters_go_on_when_the_clock_jumps_and_is_put_right(
    parts, clock, smtp_sink, figure, wrong
):
    smtp_sink.behave("dot", delay=(0.05, 0.1))
    smtp_sink.behave("dot", "451 later", times=2)
    parts.worker()
    parts.beat()
    go_on(parts)
    clock.put(wrong)
    # A page whose clock is right, and then one whose clock is as wrong, promise letters.
    kill_harness.promise(LETTERS // 2, kinds=("urgent",))
    waits = [go_on(parts)]
    assert abs((last_tick() - timezone.now()).total_seconds() - wrong) < 60
    wrongly_timed = kill_harness.promise(
        3, first=LETTERS, kinds=("urgent",), now=timezone.now() + dt.timedelta(seconds=wrong)
    )
    go_on(parts, 1)
    clock.put(0)
    kill_harness.promise(LETTERS // 2, first=LETTERS // 2, kinds=("urgent",))
    waits.append(go_on(parts))
    wait_for(lambda: health()["ok"], seconds=20, say_why=health)
    # What was refused for now waits a minute by the clock: the clock makes that pass.
    clock.put(120)
    wait_for(lambda: not Letter.objects.unsettled().exists(), 30, say_why=parts.complaints)
    parts.finish()
    found = outcome(smtp_sink.journal)
    figure(
        f"clock wrong by {wrong / 3600:+.0f} h, then right:"
        f" three ticks within {max(waits):.1f} s; {found}"
    )
    assert (found.letters, found.lost, found.doubled, found.parked) == (
        LETTERS + wrongly_timed, 0, 0, 0,
    )  # fmt: skip
    assert max(waits) <= RECOVERED
    # Beat has written nothing down that it might believe tomorrow.
    assert sorted(file.name for file in clock.file.parent.iterdir()) == [
        "beat1.log", "clock", "worker0.log",
    ]  # fmt: skip
    assert not Path("celerybeat-schedule").exists()


def test_beat_that_counts_by_the_wall_clock_stops(parts, clock, tmp_path):
    """The negative control: what Celery does by itself. A new beat with its file stops as well."""
    words = (
        "counts by the wall clock",
        "--scheduler=celery.beat:PersistentScheduler",
        f"--schedule={tmp_path / 'schedule'}",
    )
    parts.worker()
    first = parts.beat(*words)
    go_on(parts)
    clock.put(SIX_HOURS)
    go_on(parts)
    clock.put(0)
    time.sleep(2 * TICK)
    before = ticks(parts)
    time.sleep(5 * TICK)
    assert ticks(parts) == before
    parts.stop(first)
    parts.beat(*words)
    time.sleep(10 * TICK)
    assert ticks(parts) == before
