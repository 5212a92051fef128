"""A disk is full while `make run` runs: it says so, and goes on when there is room."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from crm_portal.embedded import launcher, supervisor
from crm_portal.embedded.processes import kill_group, spawn
from crm_portal.embedded.supervisor import NO_ROOM, Part, Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
NO_SPACE = OSError(errno.ENOSPC, "No space left on device")
MEGABYTE = 1024 * 1024


@pytest.fixture
def said():
    return []


@pytest.fixture
def watching(tmp_path, said):
    watching = Supervisor(memory=tmp_path / "processes.json", say=said.append, folders=[tmp_path])
    yield watching
    watching.stop()


@pytest.fixture
def sleeper(tmp_path):
    """A part that cannot be started while `sleeper.refusals` are left."""
    part = Part("Sleeper", lambda: None)
    part.refusals = 0

    def start():
        if part.refusals:
            part.refusals -= 1
            raise NO_SPACE
        return spawn(SLEEP, log=tmp_path / "log")

    part.start = start
    return part


def die(part):
    part.process.kill()
    part.process.wait()


def look(watching, part):
    part.next_start = 0
    watching.look_after(part)


def test_part_that_cannot_be_started_is_tried_again(watching, sleeper, said):
    watching.start(sleeper)
    die(sleeper)
    sleeper.refusals = 3
    look(watching, sleeper)
    pauses = []
    for _ in range(3):
        look(watching, sleeper)
        assert sleeper.process is None
        pauses.append(sleeper.pause)
    look(watching, sleeper)
    assert sleeper.process.poll() is None
    assert pauses == [1, 2, 4]
    assert said[0] == "Sleeper was ended by signal 9 and is started again."


def test_parts_are_written_down_once_there_is_room(watching, sleeper, monkeypatch):
    def refuse(file, processes):
        raise NO_SPACE

    with monkeypatch.context() as full:
        full.setattr(supervisor, "remember", refuse)
        watching.start(sleeper)
        watching.note()
        assert not watching.memory.exists()
    watching.note()
    assert str(sleeper.process.pid) in watching.memory.read_text()


def test_a_full_disk_is_named_once(watching, sleeper, said, monkeypatch, tmp_path):
    watching.start(sleeper)
    sentence = (
        f"The disk of {tmp_path} is full. Make room on it: what needs it is tried again at least "
        "every 30 seconds."
    )
    for is_full in (True, True, False, True):
        monkeypatch.setattr(supervisor, "has_no_room", lambda _folder, full=is_full: full)
        die(sleeper)
        look(watching, sleeper)
        look(watching, sleeper)
    assert [line for line in said if "full" in line] == [sentence, sentence]


def test_a_disk_without_room_at_the_start_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_VAR", str(tmp_path))
    monkeypatch.setenv("PORT", "8000")

    def run(self):
        raise NO_SPACE

    monkeypatch.setattr(launcher.Launcher, "run", run)
    with pytest.raises(SystemExit, match=f"The disk of {tmp_path} is full: make room on it"):
        launcher.main()


# ---- A real disk ---------------------------------------------------------------------------------


def may_mount():
    """Whether this user may mount a file system, seen by nobody else."""
    tried = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(tried, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def command_of(process):
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


class Portal:
    """`make run` on a small disk of its own, which only its processes see mounted."""

    def __init__(self, folder, port):
        folder.mkdir(mode=0o755)
        for parent in (folder.parent, folder.parent.parent, folder.parent.parent.parent):
            parent.chmod(0o755)
        taken_over = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "MAILBOX_DIR", "PORTAL_ENV"}
        env = {name: value for name, value in os.environ.items() if name not in taken_over}
        mount = 'mount -t tmpfs -o size=256m,mode=755 tmpfs "$PORTAL_VAR" && exec "$@"'
        self.log = folder.parent / "said"
        self.address = f"http://localhost:{port}"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "sh", "-c", mount, "sh", sys.executable,
                 "-m", "crm_portal.embedded"],
                env=env | {"PORTAL_VAR": str(folder), "PORT": str(port), "DEMO": "no"},
                cwd=launcher.ROOT, stdout=log, stderr=log,
            )  # fmt: skip
        self.disk = f"/proc/{self.process.pid}/root{folder}"

    def said(self):
        return self.log.read_text()

    def wait_for(self, what, seconds=90):
        deadline = time.monotonic() + seconds
        while not what():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.2)

    def answers(self):
        try:
            with urllib.request.urlopen(f"{self.address}/accounts/login/", timeout=5) as page:
                return page.status == 200
        except OSError:
            return False

    def fill(self):
        command = ["dd", "if=/dev/zero", f"of={self.disk}/filler", "bs=64k"]
        filled = subprocess.run(command, capture_output=True, text=True)
        assert "No space left on device" in filled.stderr

    def kill(self, *words):
        """End the part that was started with these words, as a crash does."""
        children = psutil.Process(self.process.pid).children()
        found = [one for one in children if all(word in command_of(one) for word in words)]
        assert len(found) == 1, (words, found)
        kill_group(found[0].pid)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(90)


@pytest.fixture
def portal(tmp_path):
    if not may_mount():
        pytest.skip("only root may mount a disk that is small enough to fill")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = Portal(tmp_path / "var", port)
    yield running
    running.end()


def test_make_run_goes_on_when_there_is_room_again(portal, figure):
    portal.wait_for(lambda: "The portal is at" in portal.said())
    portal.fill()
    assert supervisor.has_no_room(portal.disk)
    portal.kill("celery", "beat")
    portal.kill("/postgres", "-D")
    portal.wait_for(lambda: "PostgreSQL ended with code" in portal.said())
    assert portal.said().count(" is full. Make room on it") == 1
    assert not portal.answers()
    begun = time.monotonic()
    os.unlink(f"{portal.disk}/filler")
    portal.wait_for(portal.answers)
    figure(f"a page came {time.monotonic() - begun:.0f} s after a full disk had room again")
    assert not supervisor.has_no_room(portal.disk)
    portal.end()
    assert portal.process.returncode == 0
    assert NO_ROOM < 256 * MEGABYTE
