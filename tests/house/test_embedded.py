"""The embedded servers and the processes around them."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import psutil
import pytest

from crm_portal.embedded import launcher, processes
from crm_portal.embedded.postgres import Postgres
from crm_portal.embedded.processes import StartError, ask_to_stop, spawn, wait_or_kill
from crm_portal.embedded.sockets import socket_folder
from crm_portal.embedded.supervisor import Part, Stopped, Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(what, seconds=10):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    supervisor = Supervisor(memory=tmp_path / "processes.json", say=said.append)
    yield supervisor
    supervisor.stop()


@pytest.fixture
def part(tmp_path):
    return Part("Sleeper", lambda: spawn(SLEEP, log=tmp_path / "log"))


# ---- Parts --------------------------------------------------------------------------------------


def test_part_that_dies_is_started_again(supervisor, part, said):
    supervisor.start(part)
    first = part.process
    first.kill()
    first.wait()

    supervisor.look_after(part)
    wait_for(lambda: supervisor.look_after(part) or part.process)

    assert part.process.pid != first.pid
    assert said == ["Sleeper was ended by signal 9 and is started again."]


def test_part_that_keeps_dying_waits_longer(supervisor, tmp_path):
    part = Part("Hasty", lambda: spawn(["false"], log=tmp_path / "log"))
    supervisor.start(part)
    pauses = []
    for _ in range(3):
        part.process.wait()
        supervisor.look_after(part)
        pauses.append(part.pause)
        part.next_start = 0
        supervisor.look_after(part)

    assert pauses == [0.5, 1, 2]


def test_stop_leaves_nothing(supervisor, part):
    supervisor.start(part)
    pid = part.process.pid

    supervisor.stop()

    assert not is_alive(pid)
    assert not supervisor.memory.exists()


def test_stopping_does_not_wait_for_a_part_that_is_still_starting(supervisor, tmp_path):
    log = tmp_path / "log"

    def wait(process):
        processes.wait_until(lambda: False, process=process, name="Slow", log=log)

    slow = Part("Slow", lambda: spawn(SLEEP, log=log), wait)
    known = {number: signal.getsignal(number) for number in (1, 2, 15)}
    supervisor.listen()
    begun = time.monotonic()
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        with pytest.raises(Stopped):
            supervisor.start(slow)
    finally:
        for number, handler in known.items():
            signal.signal(number, handler)
    assert time.monotonic() - begun < 5
    supervisor.stop()
    assert not is_alive(slow.process.pid)


def test_part_that_will_not_stop_is_killed(supervisor, tmp_path):
    deaf = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=1); time.sleep(9)"
    )
    log = tmp_path / "log"
    part = Part("Deaf", lambda: spawn([sys.executable, "-c", deaf], log=log), patience=0.2)
    supervisor.start(part)
    wait_for(lambda: log.read_text())

    supervisor.stop()

    assert part.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does this")
def test_killed_parent_takes_its_children_along(tmp_path):
    code = (
        "import sys, time, pathlib\n"
        "from crm_portal.embedded.processes import spawn\n"
        f"print(spawn({SLEEP!r}, log=pathlib.Path({str(tmp_path / 'log')!r})).pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert is_alive(child)

    parent.kill()
    parent.wait()

    wait_for(lambda: not is_alive(child))


def test_leftovers_of_a_killed_launcher_are_stopped(tmp_path):
    left = spawn(SLEEP, log=tmp_path / "log")
    stranger = spawn(SLEEP, log=tmp_path / "log")
    memory = tmp_path / "processes.json"
    processes.remember(memory, [left, stranger])
    rows = json.loads(memory.read_text())
    # The stranger got a number that one of ours had an hour ago.
    rows[1]["created"] -= 3600
    memory.write_text(json.dumps(rows))

    processes.stop_leftovers(memory)

    assert left.poll() == -signal.SIGTERM
    assert stranger.poll() is None
    wait_or_kill(stranger, 0)


# ---- Doors --------------------------------------------------------------------------------------


def test_taken_port_is_named():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StartError) as refusal:
            launcher.bind(port)
    assert str(refusal.value) == (
        f"Port {port} is taken by another program: try make run PORT={port + 1}."
    )


@pytest.mark.parametrize("text", ["", "abc", "0", "65536", "-1", "8000.5"])
def test_port_must_be_one(text):
    with pytest.raises(StartError, match="PORT must be a number from 1 to 65535"):
        launcher.parse_port(text)


def test_folder_that_cannot_be_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="file cannot hold the portal"):
        launcher.only_one(tmp_path / "file", "here")


def test_second_start_is_refused(tmp_path):
    with (
        launcher.only_one(tmp_path, "the first"),
        pytest.raises(StartError, match="already running here"),
    ):
        launcher.only_one(tmp_path, "the second")
    launcher.only_one(tmp_path, "the third").close()


# ---- PostgreSQL ---------------------------------------------------------------------------------


@pytest.fixture
def postgres(tmp_path):
    # As root the server runs as another user, who must get through to its data.
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    var = tmp_path / ("a long folder with blanks, commas and 'quotes' " * 3)
    var.mkdir()
    yield Postgres(
        data=var / "postgres",
        sockets=socket_folder(var) / "postgres",
        log=var / "log",
        options=["fsync=off"],
    )
    shutil.rmtree(socket_folder(var))


def test_postgres_survives_a_crash_and_an_awkward_path(postgres):
    postgres.prepare()
    process = postgres.start()
    postgres.wait(process)
    assert postgres.create_database("portal")
    process.kill()
    process.wait()
    # The number in its file belongs to somebody else by now: to us.
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n0\n5432\n")

    postgres.prepare()
    process = postgres.start()
    postgres.wait(process)

    assert not postgres.create_database("portal")
    ask_to_stop(process, postgres.stop_signal)
    wait_or_kill(process, 20)
    assert process.returncode == 0


def test_postgres_of_another_version_is_refused(postgres):
    postgres.data.mkdir()
    (postgres.data / "PG_VERSION").write_text("9\n")

    with pytest.raises(StartError, match="was written by PostgreSQL 9 and this is 18"):
        postgres.prepare()


# ---- All of it ----------------------------------------------------------------------------------


def test_portal_starts_and_stops_and_leaves_nothing(tmp_path):
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    taken_over = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "MAILBOX_DIR", "PORTAL_ENV", "BASE_URL"}
    env = {name: value for name, value in os.environ.items() if name not in taken_over}
    portal = subprocess.Popen(
        [sys.executable, "-m", "crm_portal.embedded"],
        env=env | {"PORTAL_VAR": str(tmp_path), "PORT": str(port), "DEMO": "no"},
        cwd=launcher.ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        lines = iter(portal.stdout.readline, "")
        greeting = next(line.strip() for line in lines if "The portal is at" in line)
        children = psutil.Process(portal.pid).children(recursive=True)
    finally:
        portal.terminate()
        code = portal.wait(60)

    assert greeting == f"The portal is at http://localhost:{port}"
    assert code == 0
    assert len(children) > 6
    assert [child for child in children if is_alive(child.pid)] == []
