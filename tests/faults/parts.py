"""Workers and beats of a test: real processes, on the broker and with the clock of its choice."""

import contextlib
import os
import re
import signal
import time

import psutil

from crm_portal.embedded.processes import is_alive, kill_group, wait_until_gone
from tests.outbox.kill_harness import Source

DONE = re.compile(r"Task (\S+)\[[\w-]+\] succeeded")
WRONG = re.compile(r'"level": "(error|critical)"|^Traceback')


class Parts:
    """The parts of one test. Their logs lie in `folder`."""

    def __init__(self, folder, *, ahead=0, **environment):
        self.folder, self.ahead = folder, ahead
        self._source = Source("tests.faults.part_process", **environment)
        self._pids = {}

    def worker(self, fault=""):
        name = f"worker{len(self._pids)}"
        words = ["--concurrency=1", "--without-mingle", f"--hostname={name}@test", "-l", "INFO"]
        return self._start(name, ["worker", *words], fault)

    def beat(self, fault="", *words):
        name = f"beat{len(self._pids)}"
        return self._start(name, ["beat", "--pidfile=", *words], fault)

    def _start(self, name, argv, fault=""):
        log = self.folder / f"{name}.log"
        pid = self._source.fork(argv=argv, log=str(log), ahead=self.ahead, fault=fault)
        self._pids[log] = pid
        return log

    def done(self, task="crm_portal.tasks.tick"):
        """How often each worker has done the task, by the name of its log."""
        logs = self.folder.glob("worker*.log")
        return {log.stem: DONE.findall(log.read_text()).count(task) for log in logs}

    def are_ready(self):
        logs = list(self.folder.glob("worker*.log"))
        return all("ready." in log.read_text() for log in logs)

    def complaints(self):
        """What went wrong in a part, by its log."""
        words = "\n".join(log.read_text() for log in self.folder.glob("*.log"))
        return [line for line in words.splitlines() if WRONG.search(line)]

    def stop(self, log):
        """Ask the part of this log to end, and wait until it has."""
        process = psutil.Process(self._pids.pop(log))
        process.terminate()
        wait_until_gone([process], 30)

    def finish(self):
        """Ask all to end what they are doing, and wait until they have."""
        processes = []
        for pid in self._pids.values():
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                processes.append(psutil.Process(pid))
                os.kill(pid, signal.SIGTERM)
        wait_until_gone(processes, 30)
        assert not any(is_alive(process) for process in processes)

    def kill(self):
        """Leave nothing of them."""
        for pid in self._pids.values():
            kill_group(pid)
        self._source.stop()


def wait_for(what, seconds=60, say_why=lambda: ""):
    """What `what()` returns once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"It never came. {say_why()}"
        time.sleep(0.05)
    return found
