"""PostgreSQL is killed and started again while letters go out, on a server of the test's own."""

import random
import shutil
import signal
import subprocess
import time
from collections import Counter

import pytest

from crm_portal.celery import app
from crm_portal.embedded.postgres import BINARIES, Postgres
from crm_portal.embedded.processes import ask_to_stop, wait_or_kill
from crm_portal.embedded.sockets import socket_folder
from crm_portal.letters import KINDS
from tests.faults.parts import Parts, wait_for
from tests.outbox import kill_harness
from tests.outbox.kill_harness import Outcome
from tests.outbox.kinds import TEST_KINDS

pytestmark = pytest.mark.django_db(transaction=True)
SEED = 20270304
LETTERS, RESTARTS, WORKERS = 150, 4, 2
UNSETTLED = ("queued", "claimed", "handing")
# Seconds from the database's death to the next letter that goes out.
RECOVERED = 10


class Database:
    """A copy of the test's database on a server of its own. It keeps what it has committed."""

    def __init__(self, folder):
        self.sockets = socket_folder(folder)
        self._server = Postgres(
            data=folder / "postgres",
            sockets=self.sockets / "postgres",
            log=folder / "postgres.log",
            # The machine does not lose power in a test.
            options=("fsync=off",),
        )
        self.url = self._server.url("portal")
        self.start()
        self._server.create_database("portal")
        self._copy()

    def _copy(self):
        dump = [BINARIES / "pg_dump", "--no-owner", "--no-privileges", kill_harness.database_url()]
        load = [BINARIES / "psql", "--quiet", "--set=ON_ERROR_STOP=1", self.url]
        with subprocess.Popen(dump, stdout=subprocess.PIPE) as dumping:
            subprocess.run(load, stdin=dumping.stdout, stdout=subprocess.DEVNULL, check=True)
        assert dumping.returncode == 0

    def start(self):
        self._server.prepare()
        self._process = self._server.start()
        self._server.wait(self._process)

    def die(self):
        """At once, without a word to anybody ("immediate")."""
        ask_to_stop(self._process, signal.SIGQUIT)
        wait_or_kill(self._process, 10)

    def letters(self):
        """(Message-ID, state) of each."""
        with self._server.connect("portal") as connection:
            return connection.execute("SELECT message_id, state FROM outbox_letter").fetchall()

    def count(self, *states):
        return sum(state in states for _id, state in self.letters())


@pytest.fixture
def database(request, tmp_path, monkeypatch):
    """With so many letters to send as the test says by its parameter."""
    for key, kind in TEST_KINDS.items():
        monkeypatch.setitem(KINDS, key, kind)
    # In doubt such a letter is sent again: whatever is doubted is doubled, and seen.
    kill_harness.promise(request.param, kinds=("urgent",))
    database = Database(tmp_path)
    yield database
    database.die()
    shutil.rmtree(database.sockets, ignore_errors=True)


@pytest.fixture
def parts(tmp_path, database, smtp_sink):
    """Two workers of that database, and a beat that rings twice a second."""
    app.control.purge()
    # So slow that nearly always a letter is on its way.
    smtp_sink.behave("dot", delay=(0.05, 0.1))
    parts = Parts(
        tmp_path,
        DATABASE_URL=database.url,
        TICK_SECONDS="0.5",
        OUTBOX_SETTLE_SECONDS="1",
        # The lease of a letter follows from these.
        SMTP_COMMAND_TIMEOUT="5",
        SMTP_DATA_TIMEOUT="10",
    )
    yield parts
    parts.kill()


def restart_again_and_again(database, *, times, until=None):
    """Kill it amid letters, start it, wait until the next letter is sent. Returns the seconds that
    took each time."""
    dice, recovered = random.Random(SEED), []
    while len(recovered) < times and not (until and until()):
        enough = database.count("sent") + 10
        wait_for(lambda n=enough: database.count("sent") >= n, say_why=database.letters)
        time.sleep(dice.uniform(0, 0.3))
        begun = time.monotonic()
        database.die()
        database.start()
        # Each worker may still note what the mail server took before.
        enough = database.count("sent") + WORKERS + 1
        wait_for(lambda n=enough: database.count("sent") >= n, say_why=database.letters)
        recovered.append(time.monotonic() - begun)
    return recovered


@pytest.mark.parametrize("database", [LETTERS], indirect=True)
def test_letters_go_on_when_the_database_is_back(database, parts, smtp_sink, figure):
    for _ in range(WORKERS):
        parts.worker()
    parts.beat()
    recovered = restart_again_and_again(database, times=RESTARTS)
    assert database.count(*UNSETTLED), "All was sent before the last restart."
    wait_for(lambda: not database.count(*UNSETTLED), seconds=120, say_why=database.letters)
    outcome = Outcome.of(database.letters(), smtp_sink.journal)
    figure(
        f"seed {SEED}: {RESTARTS} restarts of PostgreSQL over {outcome.letters} letters:"
        f" {outcome}; the slowest recovery took {max(recovered):.1f} s"
    )
    assert (outcome.letters, outcome.lost, outcome.doubled, outcome.parked) == (LETTERS, 0, 0, 0)
    assert max(recovered) <= RECOVERED


@pytest.mark.parametrize("database", [100], indirect=True)
def test_senders_that_trust_a_lost_lock_double_letters(database, parts, smtp_sink):
    """The negative control."""
    for _ in range(WORKERS):
        parts.worker(fault="trusts a lost lock")
    parts.beat()
    restart_again_and_again(database, times=RESTARTS, until=lambda: doubled(smtp_sink))
    wait_for(lambda: doubled(smtp_sink), say_why=database.letters)


def doubled(sink):
    copies = Counter(row["message_id"] for row in sink.journal)
    return copies.total() - len(copies)
