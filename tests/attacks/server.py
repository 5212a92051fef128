"""The web server as it runs in production, in processes of its own, on the test's database."""

import http.client
import os
import socket
import subprocess
import sys
from contextlib import contextmanager

import psutil

from crm_portal.embedded.processes import wait_until
from tests.attacks.spoils import database_url

# Nobody listens there: the broker is down.
DEAD_BROKER = "redis://127.0.0.1:1/0"


@contextmanager
def serving(log, *options):
    """(port, process) of a running server; it writes to the file `log`. It believes one proxy, so
    that a request can say from which address it comes. `options` are more of gunicorn's."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    port = listener.getsockname()[1]
    command = ["gunicorn", "--config=python:crm_portal.serving", "crm_portal.wsgi"]
    command += [f"--bind=fd://{listener.fileno()}", *options]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "crm_portal.settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": DEAD_BROKER,
        "TRUSTED_PROXIES": "127.0.0.1",
    }
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdout=file,
            stderr=file,
            pass_fds=[listener.fileno()],
            env=environment,
        )
    try:
        wait_until(lambda: answers(port), process=process, name="Web server", log=log, seconds=60)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)
        listener.close()


def answers(port):
    try:
        return get(port, "/accounts/login/", "192.0.2.1") == 200
    except OSError:
        return False


def seconds_of_work(process):
    """What the process and all that it has started have spent of the processor's time."""
    crowd = [process, *process.children(recursive=True)]
    return sum(sum(one.cpu_times()[:2]) for one in crowd)


def get(port, path, address):
    """The status that somebody from this address gets."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"X-Forwarded-For": address})
        return connection.getresponse().status
    finally:
        connection.close()
