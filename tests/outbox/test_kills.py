"""Senders die; letters do not get lost, and none goes twice."""

import time

import pytest

from outbox.models import Letter
from tests.outbox import kill_harness
from tests.outbox.sender_process import STEPS

pytestmark = pytest.mark.django_db(transaction=True)
SEED = 20270303


@pytest.fixture(scope="module")
def source(django_db_setup):
    running = kill_harness.Source()
    yield running
    running.stop()


def test_killed_senders_lose_and_double_nothing(smtp_sink, source, capsys):
    figures = kill_harness.run(smtp_sink, source, kills=20, seed=SEED)
    with capsys.disabled():
        print(f"\n  asking the first hop, {figures}")
    assert (figures.lost, figures.doubled, figures.parked) == (0, 0, 0)
    assert set(Letter.objects.values_list("state", flat=True)) == {"sent"}


# step: (copies where nobody can be asked and doubt means resending, and where it means parking)
DOUBTFUL = {"after the dot": (2, 1), "before the mark": (2, 1), "after handing": (1, 0),
            "half a letter": (1, 0)}  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("mode", ["ask", "resend", "park"])
def test_death_at_each_step(smtp_sink, source, step, mode):
    kind = "plain" if mode == "park" else "urgent"
    resolver = kill_harness.JOURNAL if mode == "ask" else ""
    kill_harness.promise(1, kind=kind)
    with kill_harness.senders(source, resolver=resolver) as crowd:
        crowd.start(step)
        wait_for_death_of_sender()
        crowd.start()
        kill_harness.wait_until_settled(time.monotonic() + 20)
    letter = Letter.objects.get()
    copies = len(smtp_sink.journal)
    if mode == "ask" or step not in DOUBTFUL:
        assert (letter.state, copies) == ("sent", 1)
    elif mode == "resend":
        assert (letter.state, copies) == ("sent", DOUBTFUL[step][0])
    else:
        assert (letter.state, copies) == ("parked", DOUBTFUL[step][1])
    assert {row["message_id"] for row in smtp_sink.journal} <= {letter.message_id}


def wait_for_death_of_sender():
    """A letter was touched, and nobody holds it any more."""
    from outbox.services.sending import _living

    deadline = time.monotonic() + 20
    while not Letter.objects.exclude(state="queued").exists() or _living():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_senders_that_do_not_ask_double_a_letter(smtp_sink, source):
    """The negative control: with the first hop's answer faked, the harness sees the copy."""
    kill_harness.promise(1)
    with kill_harness.senders(source, resolver="tests.outbox.kinds.never_taken") as crowd:
        crowd.start("after the dot")
        wait_for_death_of_sender()
        crowd.start()
        kill_harness.wait_until_settled(time.monotonic() + 20)
    assert kill_harness.count(smtp_sink, seed=0, kills=1, seconds=0).doubled == 1
