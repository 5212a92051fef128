import contextlib
import shutil
import socket

import pytest

from crm_portal import events
from crm_portal.celery import app
from crm_portal.embedded.processes import ask_to_stop, wait_or_kill
from crm_portal.embedded.sockets import socket_folder
from crm_portal.embedded.valkey import Valkey


class Broker:
    """A broker of the test's own, which may be down."""

    def __init__(self, folder):
        self.sockets = socket_folder(folder)
        self._server = Valkey(sockets=self.sockets, log=folder / "valkey.log")
        self._process = None
        self.url = self._server.url()

    def start(self):
        self._server.prepare()
        self._process = self._server.start()
        self._server.wait(self._process)

    def stop(self):
        if self._process is not None:
            ask_to_stop(self._process, self._server.stop_signal)
            wait_or_kill(self._process, 10)
        self._process = None


@pytest.fixture
def broker(tmp_path):
    """Does not run yet."""
    broker = Broker(tmp_path)
    yield broker
    broker.stop()
    shutil.rmtree(broker.sockets, ignore_errors=True)


@pytest.fixture
def ring_at(monkeypatch):
    """`ring_at(url)`: this process rings there from now on."""

    def ring_at(url):
        monkeypatch.setenv("CELERY_BROKER_URL", url)
        forget_connections()
        # Its code is loaded now, so that the first bell takes no longer than others.
        assert app.connection_for_write().transport
        monkeypatch.setattr(events, "_left_alone_until", 0.0)

    yield ring_at
    monkeypatch.undo()
    forget_connections()


def forget_connections():
    app._pool = None
    app.amqp._producer_pool = None


class Silence:
    """A broker that takes every connection and never says a word."""

    def __init__(self, listener):
        self._listener, self._taken = listener, []
        self._listener.setblocking(False)
        self.url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"

    def calls(self):
        """How often somebody has called so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._taken.append(self._listener.accept()[0])
        return len(self._taken)

    def end(self):
        for connection in self._taken:
            connection.close()


@pytest.fixture
def silence():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        silence = Silence(listener)
        yield silence
        silence.end()
