"""Senders die; letters do not get lost, and none goes twice.

`PORTAL_KILLS=1000` makes the long run; so many kills go with twenty times as many letters.
"""

import os
import time

import pytest

from outbox.models import Letter
from tests.outbox import kill_harness
from tests.outbox.sender_process import FAULTS, STEPS

pytestmark = pytest.mark.django_db(transaction=True)
SEED = 20270303
KILLS = int(os.environ.get("PORTAL_KILLS", "100"))


@pytest.fixture(scope="module")
def source(django_db_setup):
    running = kill_harness.Source()
    yield running
    running.stop()


def test_killed_senders_lose_and_double_nothing(smtp_sink, source, figure):
    figures = kill_harness.run(smtp_sink, source, kills=KILLS, letters=20 * KILLS, seed=SEED)
    figure(f"asking the first hop, {figures}")
    assert figures.kills == KILLS
    assert figures.outcome.letters >= 20 * KILLS
    outcome = figures.outcome
    assert (outcome.lost, outcome.doubled, outcome.parked) == (0, 0, 0)
    assert set(Letter.objects.values_list("state", flat=True)) == {"sent"}


def test_kills_where_nobody_can_be_asked(smtp_sink, source, client, cco, figure):
    """Without the first hop's answer each kind of letter keeps its own promise: one is with the
    mail server once or waits for a person, the other arrives, twice at most with one Message-ID."""
    kills = KILLS // 4
    figures = kill_harness.run(
        smtp_sink,
        source,
        kills=kills,
        letters=20 * kills,
        seed=SEED,
        kinds=("plain", "urgent"),
        resolver="",
    )
    figure(f"asking nobody, {figures}")
    by_kind = kill_harness.outcome_by_kind(smtp_sink.journal)
    for kind, outcome in by_kind.items():
        figure(f"asking nobody, {outcome.letters:,} {kind} letters: {outcome}")
    parks, resends = by_kind["plain"], by_kind["urgent"]
    assert figures.kills == kills
    assert (parks.lost, parks.doubled, resends.lost, resends.parked) == (0, 0, 0, 0)
    # A sender has one letter in its hands, so each kill costs one at most; and some do.
    assert 0 < parks.parked + resends.doubled <= kills
    assert set(Letter.objects.values_list("state", flat=True)) == {"sent", "parked"}
    client.force_login(cco)
    page = client.get("/outbox/?state=parked").context["page"]
    assert page.paginator.count == parks.parked


@pytest.mark.parametrize("fault", FAULTS)
def test_senders_with_a_fault_lose_or_double_letters(smtp_sink, source, figure, fault):
    """The negative control: the same run with one guard off."""
    figures = kill_harness.run(
        smtp_sink,
        source,
        kills=100,
        seed=SEED,
        fault=fault,
        until=lambda: kill_harness.harm_to(smtp_sink),
    )
    figure(f"a sender that {fault}, {figures}")
    outcome = figures.outcome
    assert (outcome.lost > 0) == (fault == "marks before it sends")
    assert (outcome.doubled > 0) == (fault != "marks before it sends")


# step: (copies where nobody can be asked and doubt means resending, and where it means parking)
DOUBTFUL = {"after the dot": (2, 1), "before the mark": (2, 1), "after handing": (1, 0),
            "half a letter": (1, 0)}  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("mode", ["ask", "resend", "park"])
def test_death_at_each_step(smtp_sink, source, step, mode):
    kind = "plain" if mode == "park" else "urgent"
    resolver = kill_harness.JOURNAL if mode == "ask" else ""
    kill_harness.promise(1, kinds=(kind,))
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
