"""The servers of a run: PostgreSQL, broker, mail and web, and what they used."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

from crm_portal.embedded.postgres import Postgres
from crm_portal.embedded.processes import ask_to_stop, wait_or_kill
from crm_portal.embedded.sockets import socket_folder
from crm_portal.embedded.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
# As in production but for memory: writes wait for the disk.
OPTIONS = (
    "shared_buffers=1GB",
    "work_mem=16MB",
    "max_wal_size=4GB",
    "max_connections=100",
    "shared_preload_libraries=pg_stat_statements",
    "pg_stat_statements.track_utility=off",
)


@contextlib.contextmanager
def postgres(folder):
    """A server with empty data, stopped at the end; yields (server, process)."""
    server = Postgres(
        data=folder / "data",
        sockets=socket_folder(folder) / "postgres",
        log=folder / "postgres.log",
        options=OPTIONS,
    )
    with running(server) as process:
        yield server, process


@contextlib.contextmanager
def broker(folder):
    """A broker that nobody listens to; yields its address."""
    server = Valkey(sockets=socket_folder(folder), log=folder / "valkey.log")
    with running(server):
        yield server.url()


@contextlib.contextmanager
def running(server):
    server.prepare()
    process = server.start()
    try:
        server.wait(process)
        yield process
    finally:
        ask_to_stop(process, server.stop_signal)
        wait_or_kill(process, 30)


@contextlib.contextmanager
def web(module, env, log):
    """Two workers of one WSGI application on a free port; yields (port, process)."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config=python:crm_portal.serving"]
    command += [f"{module}:application", f"--bind=127.0.0.1:{port}"]
    # A million responses leave one worker for minutes.
    command += ["--timeout=3600"]
    with background(command, env, log) as process:
        wait_for(port, process, log)
        yield port, process


@contextlib.contextmanager
def mail(folder):
    """A mail server in a process of its own; yields (port, process). `bench.mail.taken` reads what
    it got."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bench.mail", str(port), str(folder / "mail.txt")]
    log = folder / "mail.log"
    with background(command, {}, log) as process:
        wait_for(port, process, log)
        yield port, process


@contextlib.contextmanager
def background(command, env, log):
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **env}, stdout=out, stderr=out
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def run(env, *command):
    """Run a module or a script of ours to its end; returns what it printed."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-3000:]}")
    return done.stdout


def wait_for(port, process, log):
    for _try in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"It did not start: {log.read_text()[-2000:]}")


# ---- What they used ------------------------------------------------------------------------------


def cpu_seconds(*pids):
    """What the processes and their children have used so far, those that ended included."""
    total = 0.0
    for pid in pids:
        parent = psutil.Process(pid)
        ended = parent.cpu_times()
        total += ended.children_user + ended.children_system
        for one in [parent, *parent.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                total += times.user + times.system
    return total


def busy_seconds():
    """What everybody on this machine has used so far."""
    times = psutil.cpu_times()._asdict()
    idle = {"idle", "iowait", "guest", "guest_nice", "steal"}
    return sum(seconds for name, seconds in times.items() if name not in idle)


def own_seconds():
    """What this process has used so far, and those that it has started and seen end."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def memory(process):
    """The largest resident size among the workers now, in MB."""
    return max(child.memory_info().rss for child in workers(process)) / 1e6


def peak_memory(process):
    """The largest resident size that any worker ever had, in MB; where the system does not say,
    the size now."""
    try:
        texts = [Path(f"/proc/{child.pid}/status").read_text() for child in workers(process)]
    except FileNotFoundError:
        return memory(process)
    lines = [line for text in texts for line in text.splitlines() if line.startswith("VmHWM")]
    return max(int(line.split()[1]) for line in lines) * 1024 / 1e6


def workers(process):
    return psutil.Process(process.pid).children()


# Not counted: transactions; settings, with which the history learns who and why; whether the
# connection still lives; what the server asks itself for foreign keys.
COUNT = r"""
    SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
    WHERE d.datname = current_database() AND query !~* 'pg_stat_statements'
    AND query !~* '^\s*(begin|commit|rollback|savepoint|release|set |show |fetch |close )'
    AND query !~* '^\s*select set_config' AND query !~ '^SELECT \$1$'
    AND query !~* 'FROM ONLY .* FOR KEY SHARE OF x' AND query !~* 'FROM pg_type'
"""


class Statements:
    """Counts the SQL statements of a piece of work."""

    def __init__(self, connection):
        self.connection = connection
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def during(self, do):
        self.connection.execute("SELECT pg_stat_statements_reset()")
        do()
        return int(self.connection.execute(COUNT).fetchone()[0])
