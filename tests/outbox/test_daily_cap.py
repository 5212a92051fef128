"""Two waves, many people, a slow mail server and several senders: nobody gets two letters a day."""

import datetime as dt
import time
from collections import Counter

import pytest
from django.utils import timezone

from outbox.models import Letter
from outbox.services import planning
from tests import factories
from tests.outbox import kill_harness
from tests.outbox.sender_process import BATCH

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE, SENDERS = 60, 3


@pytest.fixture(scope="module")
def source(django_db_setup):
    running = kill_harness.Source()
    yield running
    running.stop()


@pytest.fixture
def noon():
    """An office where it is about noon: no day ends while the senders run."""
    hours = 12 - timezone.now().hour
    # The sign of these names is that of the west.
    factories.OfficeFactory(time_zone=f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT")


def promise_two_to_everybody():
    """One batch after the other: the first letters of some people, then their second ones. So two
    senders that begin at once have the same people in hand."""
    started = timezone.now() - dt.timedelta(minutes=5)
    planning.plan_many(
        letters=[
            {"purpose": "test", "subject": f"wave{wave}:{person}", "kind": "patient",
             "recipient": f"person{person}@dot.example",
             "due_at": started + dt.timedelta(seconds=2 * (person // BATCH) + wave)}
            for wave in (0, 1)
            for person in range(PEOPLE)
        ],
        now=started,
    )  # fmt: skip


def wait_until_nothing_is_due():
    deadline = time.monotonic() + 60
    while Letter.objects.unsettled().filter(next_try_at__lte=timezone.now()).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_several_senders_keep_the_cap_on_a_slow_mail_server(smtp_sink, source, noon, figure):
    promise_two_to_everybody()
    smtp_sink.behave("dot", delay=0.05)
    with kill_harness.senders(source) as crowd:
        for _number in range(SENDERS):
            crowd.start()
        wait_until_nothing_is_due()
    got = Counter(row["recipient"] for row in smtp_sink.journal)
    figure(f"{SENDERS} senders, two letters each to {PEOPLE} people: {Counter(got.values())}")
    assert len(got) == PEOPLE
    assert set(got.values()) == {1}
    assert Letter.objects.filter(state="queued").count() == PEOPLE
