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
GIVEN_UP = {"parked", "failed", "cancelled"}


@dataclass(frozen=True)
class Outcome:
    """What became of promises once nothing is on its way any more."""

    letters: int
    lost: int
    doubled: int
    parked: int
    # Of those parked: so many are with the mail server after all.
    parked_but_there: int

    @classmethod
    def of(cls, letters, journal):
        """Of letters, pairs of Message-ID and state, and the mail server's rows."""
        copies, letters = Counter(row["message_id"] for row in journal), dict(letters)
        assert copies.keys() <= letters.keys(), "The mail server has what nobody promised."
        parked = {message_id for message_id, state in letters.items() if state == "parked"}
        return cls(
            letters=len(letters),
            lost=len(lost(letters, copies)),
            doubled=sum(number - 1 for number in copies.values()),
            parked=len(parked),
            parked_but_there=len(parked & copies.keys()),
        )

    def __str__(self):
        words = f"{self.lost} lost, {self.doubled} doubled, {self.parked} parked"
        return f"{words} ({self.parked_but_there} had arrived)" if self.parked else words


def lost(letters, copies):
    return {
        message_id
        for message_id, state in letters.items()
        if message_id not in copies and state not in GIVEN_UP
    }


@dataclass(frozen=True)
class Figures:
    seed: int
    kills: int
    seconds: float
    outcome: Outcome

    def __str__(self):
        return (
            f"seed {self.seed}: {self.kills} kills over {self.outcome.letters:,} letters in "
            f"{self.seconds:.0f} s: {self.outcome}"
        )


class Source:
    """A process that forks others, each as a line of JSON says: `program` does it. On this test's
    database and servers, but for what `environment` says."""

    def __init__(self, program="tests.outbox.sender_process", **environment):
        self._process = subprocess.Popen(
            [sys.executable, "-m", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "crm_portal.settings",
                "DATABASE_URL": database_url(),
                **environment,
            },
        )

    def fork(self, **line):
        self._process.stdin.write(f"{json.dumps(line)}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "The process that forks has ended; its last words are on stderr."
        return int(answer)

    def stop(self):
        self._process.stdin.close()
        self._process.wait(20)


def database_url():
    """The test's database, for another process."""
    url = urlsplit(os.environ["DATABASE_URL"])
    return url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


class Senders:
    """Processes that send, of which any may be killed."""

    def __init__(self, source, settings, fault):
        self._source, self._settings, self._fault = source, settings, fault
        self.alive = []

    def start(self, step=""):
        """One more sender; it kills itself at `step`."""
        pid = self._source.fork(step=step, fault=self._fault, settings=self._settings)
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
def senders(source, *, resolver=JOURNAL, settle=0.5, fault=""):
    """Senders with these settings, and with this fault; all are killed at the end."""
    settings = {"OUTBOX_ASK_FIRST_HOP": resolver, "OUTBOX_SETTLE_SECONDS": settle}
    crowd = Senders(source, settings, fault)
    try:
        yield crowd
    finally:
        for pid in list(crowd.alive):
            crowd.kill(pid)


def run(
    sink, source, *, kills, seed, letters=0, kinds=("plain",), at_once=3, until=None, **options
):
    """Kill senders at work until `kills` have died, or `until` says that it is enough; let the
    rest finish, and with it at least `letters` letters, of the kinds in turn."""
    dice = random.Random(seed)
    sink.behave("dot", delay=(0.002, 0.02))
    declare()
    begun, done, promised = time.monotonic(), 0, 0
    deadline = begun + 60 + 3 * kills
    with senders(source, settle=1, **options) as crowd:
        for _ in range(at_once):
            crowd.start()
        while done < kills and not (until and until()):
            if Letter.objects.unsettled().count() < 100:
                promised += promise(100, first=promised, kinds=kinds)
            time.sleep(dice.uniform(0.15, 0.45))
            assert crowd.kill(dice.choice(crowd.alive)), "A sender has ended by itself."
            done += 1
            crowd.start()
            assert time.monotonic() < deadline, f"only {done} of {kills} kills"
        promise(max(letters - promised, 0), first=promised, kinds=kinds)
        wait_until_settled(deadline)
    return Figures(
        seed=seed, kills=done, seconds=time.monotonic() - begun, outcome=outcome(sink.journal)
    )


def promise(number, *, first=0, kinds=("plain",), now=None):
    now = now or timezone.now()
    return planning.plan_many(
        letters=[
            {
                "purpose": "test",
                "subject": f"thing:{n}",
                "kind": kinds[n % len(kinds)],
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


def outcome(journal):
    return Outcome.of(Letter.objects.values_list("message_id", "state"), journal)


def outcome_by_kind(journal):
    """What became of the letters of each kind; every copy has the Message-ID of a promise."""
    kinds = dict(Letter.objects.values_list("message_id", "kind"))
    return {
        kind: Outcome.of(
            Letter.objects.filter(kind=kind).values_list("message_id", "state"),
            [row for row in journal if kinds[row["message_id"]] == kind],
        )
        for kind in sorted(set(kinds.values()))
    }


def harm_to(sink):
    """Whether a letter is lost or doubled by now, for `until`. Seen twice: one that is on its
    way looks lost."""
    first = _harmed(sink)
    if first:
        time.sleep(0.5)
    return bool(first and first & _harmed(sink))


def _harmed(sink):
    sent = dict(Letter.objects.filter(state="sent").values_list("message_id", "state"))
    copies = Counter(row["message_id"] for row in sink.journal)
    return lost(sent, copies) | {name for name, number in copies.items() if number > 1}
