"""The servers of a test run: PostgreSQL and Valkey with throw-away data, one mail server each.

`DATABASE_URL` and `REDIS_URL` in the environment are used instead where they are set. In a
parallel run the first process starts the servers and its workers find them in their environment;
each worker has its own database, its own number in Valkey and its own mail server.
"""

import asyncio
import contextlib
import fcntl
import os
import random
import shutil
import socket
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from crm_portal.embedded.mail import Mailbox, TakeAll, serve
from crm_portal.embedded.postgres import Postgres
from crm_portal.embedded.processes import ask_to_stop, wait_or_kill
from crm_portal.embedded.sockets import socket_folder
from crm_portal.embedded.valkey import Valkey

PREFIX = "portal-test-"
# Nothing of a test run must survive a power cut.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")

_running = []
_folder = None
_lock = None
_sink = None


def start():
    """Start what is missing and tell Django's settings, by the environment, where it is."""
    os.environ["PORTAL_ENV"] = "test"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_portal.settings")
    # Playwright keeps an event loop in the test's thread; Django would refuse every query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    folder = throw_away_folder()
    if "DATABASE_URL" not in os.environ:
        server = Postgres(
            data=folder / "postgres",
            sockets=socket_folder(folder) / "postgres",
            log=folder / "postgres.log",
            options=FAST,
        )
        run(server)
        os.environ["DATABASE_URL"] = os.environ["PORTAL_TEST_DATABASE"] = server.url("postgres")
    if "REDIS_URL" not in os.environ:
        server = Valkey(sockets=socket_folder(folder), log=folder / "valkey.log")
        run(server)
        os.environ["PORTAL_TEST_BROKER"] = os.environ["REDIS_URL"] = server.url()
    if "PORTAL_TEST_BROKER" in os.environ:
        number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1
        base = os.environ["PORTAL_TEST_BROKER"].rpartition("=")[0]
        os.environ["REDIS_URL"] = f"{base}={number}"
    start_sink(folder)


def is_throw_away():
    return "PORTAL_TEST_DATABASE" in os.environ


def let_others_give_way():
    """When the emptying of the tables and a late request of a page that is gone, or a worker, wait
    for each other, PostgreSQL ends whoever looks first: let that never be the test."""
    if is_throw_away():
        from django.db.backends.signals import connection_created

        connection_created.connect(_look_late, dispatch_uid="look late")


def _look_late(connection, **_signal):
    may = connection.connection.info.parameter_status("is_superuser") == "on"
    if may and threading.current_thread() is threading.main_thread():
        with connection.cursor() as cursor:
            cursor.execute("SET deadlock_timeout = '20s'")


def run(server):
    server.prepare()
    process = server.start()
    _running.append((server, process))
    server.wait(process)


def start_sink(folder):
    global _sink
    _sink = SmtpSink(folder / "mailbox")
    os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{_sink.port}"
    os.environ["MAILBOX_DIR"] = str(folder / "mailbox")
    os.environ["PORTAL_VAR"] = str(folder)


def stop():
    while _running:
        server, process = _running.pop()
        ask_to_stop(process, server.stop_signal)
        wait_or_kill(process, 10)
    if _folder is not None:
        remove(_folder)


def throw_away_folder():
    """A folder for this process. What killed runs have left is removed on the way."""
    global _folder, _lock
    for old in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), (old / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(old)
    _folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    # As root, PostgreSQL runs as another user and must get through.
    _folder.chmod(0o711)
    _lock = (_folder / "lock").open("w")
    fcntl.flock(_lock, fcntl.LOCK_EX)
    return _folder


def remove(folder):
    shutil.rmtree(socket_folder(folder), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


# ---- Mail --------------------------------------------------------------------------------------


@dataclass
class Rule:
    step: str
    reply: str | None
    delay: float | tuple[float, float]
    drop: bool
    to: str | None
    times: int | None

    def fits(self, step, recipients):
        is_for_us = self.to is None or self.to in recipients
        return self.step == step and is_for_us and self.times != 0


class SmtpSink(TakeAll):
    """A real mail server in a thread of the test's process, which can be told to misbehave.

    Steps of a conversation: `hello`, `mail`, `rcpt`, `dot` (the whole letter has come, nothing
    is kept yet) and `taken` (it is kept, the sender has not heard so).
    """

    def __init__(self, folder):
        super().__init__(Mailbox(folder))
        self.rules = []
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.host, self.port = self.listener.getsockname()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self._serve, daemon=True, name="mail server").start()

    def behave(self, step, reply=None, *, delay=0, drop=False, to=None, times=None):
        """At `step` wait `delay` seconds (or a random time between two), then answer `reply`,
        or cut the line if `drop`. `to`: only for this recipient. `times`: only so often."""
        assert step in {"hello", "mail", "rcpt", "dot", "taken"}, step
        self.rules.append(Rule(step, reply, delay, drop, to, times))

    def calm(self):
        """Forget every rule and every letter."""
        self.rules.clear()
        self.connections = 0
        for file in self.mailbox.folder.iterdir():
            file.unlink()

    @property
    def journal(self):
        """A row per recipient, in order: time, sender, recipient, message_id, file."""
        return self.mailbox.rows()

    def messages(self, to=None):
        """The letters as `email.message.EmailMessage`, in order; `to`: only that person's."""
        return [
            self.mailbox.read(row["file"])
            for row in self.journal
            if to is None or row["recipient"] == to
        ]

    def wait_for(self, count, seconds=10):
        """The journal once it has `count` rows; fails if they do not come."""
        deadline = time.monotonic() + seconds
        while len(rows := self.journal) < count:
            assert time.monotonic() < deadline, f"{len(rows)} of {count} letters arrived"
            time.sleep(0.02)
        return rows

    def _serve(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(serve(self.listener, self))
        self.loop.run_forever()

    async def _answer(self, step, server, recipients, usual):
        for rule in self.rules:
            if not rule.fits(step, recipients):
                continue
            if rule.times is not None:
                rule.times -= 1
            delay = rule.delay
            await asyncio.sleep(random.uniform(*delay) if isinstance(delay, tuple) else delay)
            if rule.drop:
                server.transport.abort()
            if rule.reply or rule.drop:
                return rule.reply or "421 Closing"
        return usual

    async def handle_EHLO(self, server, session, _envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        reply = await self._answer("hello", server, [], None)
        return [reply] if reply else responses

    async def handle_MAIL(self, server, _session, envelope, address, options):
        reply = await self._answer("mail", server, [], None)
        if reply:
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, _session, envelope, address, options):
        reply = await self._answer("rcpt", server, [address], None)
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        reply = await self._answer("dot", server, envelope.rcpt_tos, None)
        if reply:
            return reply
        taken = await super().handle_DATA(server, session, envelope)
        return await self._answer("taken", server, envelope.rcpt_tos, taken)


@pytest.fixture
def smtp_sink():
    """The mail server of this process, empty and well-behaved; settings.EMAIL_* point at it."""
    _sink.calm()
    yield _sink
    _sink.calm()
