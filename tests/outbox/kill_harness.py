"""Kills senders at random while letters go out, and counts what the mail server got.

Lost: a promise that is neither with the mail server nor seen as parked, failed or cancelled.
Doubled: a letter that the mail server took more than once.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import connection
from django.utils import timezone

from outbox.models import Letter
from outbox.services import planning
from tests.outbox.kinds import declare

JOURNAL = "crm_portal.embedded.mail.has_taken"


@dataclass(frozen=True)
class Figures:
    seed: int
    letters: int
    kills: int
    lost: int
    doubled: int
    parked: int
    seconds: float

    def __str__(self):
        return (
            f"seed {self.seed}: {self.kills} kills over {self.letters} letters in "
            f"{self.seconds:.0f} s: {self.lost} lost, {self.doubled} doubled, "
            f"{self.parked} parked"
        )


class Source:
    """A process that forks senders; `program` may be one with a fault, for a negative control."""

    def __init__(self, program="tests.outbox.sender_process"):
        url = urlsplit(os.environ["DATABASE_URL"])
        database = url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
        self._process = subprocess.Popen(
            [sys.executable, "-m", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "crm_portal.settings",
                "DATABASE_URL": database,
            },
        )

    def fork(self, **sender):
        self._process.stdin.write(f"{json.dumps(sender)}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def stop(self):
        self._process.stdin.close()
        self._process.wait(20)


class Senders:
    """Processes that send, of which any may be killed."""

    def __init__(self, source, settings):
        self._source, self._settings = source, settings
        self.alive = []

    def start(self, step=""):
        """One more sender; it kills itself at `step`."""
        pid = self._source.fork(step=step, settings=self._settings)
        self.alive.append(pid)
        return pid

    def kill(self, pid):
        self.alive.remove(pid)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True


@contextmanager
def senders(source, *, resolver=JOURNAL, settle=0.3):
    """Senders with these settings; all are killed at the end."""
    settings = {"OUTBOX_ASK_FIRST_HOP": resolver, "OUTBOX_SETTLE_SECONDS": settle}
    crowd = Senders(source, settings)
    try:
        yield crowd
    finally:
        for pid in list(crowd.alive):
            crowd.kill(pid)


def run(sink, source, *, kills, seed, kind="plain", at_once=2, deadline=300, **options):
    """Kill senders until `kills` have died at work, then let the rest finish."""
    dice = random.Random(seed)
    sink.behave("dot", delay=(0.002, 0.02))
    declare()
    begun, done, promised = time.monotonic(), 0, 0
    with senders(source, **options) as crowd:
        for _ in range(at_once):
            crowd.start()
        while done < kills:
            if Letter.objects.unsettled().count() < 150:
                promised += promise(200, first=promised, kind=kind)
            time.sleep(dice.uniform(0.15, 0.45))
            done += crowd.kill(dice.choice(crowd.alive))
            crowd.start()
            assert time.monotonic() - begun < deadline, f"{done} of {kills} kills in {deadline} s"
        wait_until_settled(begun + deadline)
    return count(sink, seed=seed, kills=done, seconds=time.monotonic() - begun)


def promise(number, *, first=0, kind="plain"):
    now = timezone.now()
    return planning.plan_many(
        letters=[
            {
                "purpose": "test",
                "subject": f"thing:{n}",
                "kind": kind,
                "recipient": f"person{n}@dot.example",
            }
            for n in range(first, first + number)
        ],
        now=now,
    )


def wait_until_settled(deadline):
    while Letter.objects.unsettled().exists():
        assert time.monotonic() < deadline, dict(
            Counter(Letter.objects.values_list("state", flat=True))
        )
        time.sleep(0.1)


def count(sink, *, seed, kills, seconds):
    copies = Counter(row["message_id"] for row in sink.journal)
    letters = list(Letter.objects.values_list("message_id", "state"))
    unseen = [
        message_id
        for message_id, state in letters
        if message_id not in copies and state not in {"parked", "failed", "cancelled"}
    ]
    return Figures(
        seed=seed,
        letters=len(letters),
        kills=kills,
        lost=len(unseen),
        doubled=sum(number - 1 for number in copies.values()),
        parked=sum(state == "parked" for _id, state in letters),
        seconds=seconds,
    )
