"""Many clients send a byte now and then: everybody else is answered as if they were not there."""

import http.client
import socket
import threading
import time
from contextlib import contextmanager

import pytest

from agencies.imports.reading import MAX_BYTES
from crm_portal import serving as config
from tests.attacks.server import serving

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS, PROBES = 200, 50
# Seconds for one page, on a busy machine.
QUICK = 10
PATH = "/accounts/login/"
LINES = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\n"
FORM = (
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n"
    # With it, the portal wants to read the form.
    f"Cookie: csrf={'x' * 32}\r\n\r\n"
)


class Drip:
    """Clients that never come to an end: half with their headers, half with a form."""

    def __init__(self, port, count):
        self._halves = []
        for number in range(count):
            client = socket.create_connection(("127.0.0.1", port), QUICK)
            in_headers = number % 2
            client.sendall((LINES if in_headers else LINES + FORM).encode())
            self._halves.append((client, b"X-More: yes\r\n" if in_headers else b"x"))
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._end.wait(0.5):
            self.send_a_little()

    def send_a_little(self):
        """How many of them are still connected."""
        connected = 0
        for client, some in self._halves:
            try:
                client.sendall(some)
                connected += 1
            except OSError:
                pass
        return connected

    @contextmanager
    def going_on(self):
        self._thread.start()
        try:
            yield self
        finally:
            self._end.set()
            self._thread.join()
            for client, _some in self._halves:
                client.close()


def probe(port, seconds):
    """How long a page took; None when it did not come."""
    begun = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", PATH, headers={"X-Forwarded-For": "192.0.2.1"})
        return time.monotonic() - begun if connection.getresponse().status == 200 else None
    except OSError:
        return None
    finally:
        connection.close()


def test_slow_clients_hold_nobody_up(tmp_path, figure):
    with serving(tmp_path / "log") as (port, _process), Drip(port, CLIENTS).going_on() as drip:
        took = [probe(port, QUICK) for _ in range(PROBES)]
        assert drip.send_a_little() == CLIENTS
    assert None not in took
    figure(f"{CLIENTS} slow clients: {PROBES} of {PROBES} pages came, the slowest after "
           f"{max(took):.2f} s")  # fmt: skip


def test_gunicorns_own_threads_are_all_held(tmp_path):
    """The negative control."""
    with (
        serving(tmp_path / "log", "--worker-class=gthread") as (port, _process),
        Drip(port, CLIENTS).going_on(),
    ):
        assert None in [probe(port, 2) for _ in range(3)]


def test_more_than_a_file_may_have_is_refused_before_it_has_come(tmp_path):
    assert config.LARGEST_BODY > MAX_BYTES
    with (
        serving(tmp_path / "log") as (port, _process),
        socket.create_connection(("127.0.0.1", port), QUICK) as client,
    ):
        form = FORM.replace("100000", str(config.LARGEST_BODY + 1))
        client.sendall((LINES + form).encode())
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_what_was_being_answered_is_answered_before_the_server_ends(tmp_path):
    with serving(tmp_path / "log", "--workers=1") as (port, process):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=QUICK)
        client.request("GET", PATH)
        process.terminate()
        answer = client.getresponse()
        assert (answer.status, answer.read()[-8:].strip()) == (200, b"</html>")
