"""PostgreSQL and the web servers of a run, and what they used."""

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

ROOT = Path(__file__).resolve().parent.parent
# As in production but for memory: writes wait for the disk.
OPTIONS = (
    "shared_buffers=512MB",
    "work_mem=16MB",
    "max_connections=100",
    "shared_preload_libraries=pg_stat_statements",
    "pg_stat_statements.track_utility=off",
)


@contextlib.contextmanager
def postgres(folder):
    """A server with empty data, stopped at the end."""
    server = Postgres(
        data=folder / "data", sockets=folder / "sockets", log=folder / "log", options=OPTIONS
    )
    server.prepare()
    process = server.start()
    server.wait(process)
    try:
        yield server, process
    finally:
        ask_to_stop(process, server.stop_signal)
        wait_or_kill(process, 30)


@contextlib.contextmanager
def web(module, env, log):
    """Two workers of one WSGI application on a free port; yields (port, process)."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", f"{module}:application", "--workers=2"]
    command += [f"--bind=127.0.0.1:{port}", "--no-control-socket", "--log-level=warning"]
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **env}, stdout=out, stderr=out
        )
    try:
        wait_for(port, process, log)
        yield port, process
    finally:
        process.terminate()
        process.wait(30)


def wait_for(port, process, log):
    for _try in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"The web server did not start: {log.read_text()[-2000:]}")


def cpu_seconds(*processes):
    """What the processes and their children have used so far."""
    total = 0.0
    for process in processes:
        parent = psutil.Process(process.pid)
        for one in [parent, *parent.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                total += times.user + times.system
    return total


def peak_memory(process):
    """The largest resident size among the children now, in MB."""
    children = psutil.Process(process.pid).children()
    return max((child.memory_info().rss for child in children), default=0) / 1e6


class Statements:
    """Counts the SQL statements of one request."""

    def __init__(self, connection):
        self.connection = connection
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def during(self, do):
        self.connection.execute("SELECT pg_stat_statements_reset()")
        do()
        row = self.connection.execute(
            "SELECT coalesce(sum(calls), 0), coalesce(sum(total_exec_time), 0)"
            " FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid"
            " WHERE d.datname = current_database() AND query !~* 'pg_stat_statements'"
            # Connections set themselves up; foreign keys check themselves.
            r" AND query !~* '^\s*(begin|commit|rollback|savepoint|release|set |show )'"
            " AND query !~* 'FOR KEY SHARE OF x'"
        ).fetchone()
        return int(row[0]), float(row[1])
