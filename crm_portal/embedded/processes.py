"""Child processes that end with their parent and leave nothing behind."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time

# Comes with the embedded PostgreSQL; production has neither.
import psutil

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class StartError(Exception):
    """The sentence says what is wrong and what to do."""


def spawn(command, *, log, env=None, cwd=None, pass_fds=(), last_signal=signal.SIGTERM):
    """Start a process in its own group, so that Ctrl-C reaches the launcher alone.

    On Linux the kernel sends `last_signal` when the parent dies, even by SIGKILL; elsewhere
    `stop_leftovers` finds the process at the next start. Call it from the main thread: the
    kernel watches the thread that started the child.
    """
    parent = os.getpid()

    def follow_parent():
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, last_signal)
            if os.getppid() != parent:  # died before we could say so
                os._exit(1)

    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            pass_fds=pass_fds,
            start_new_session=True,
            preexec_fn=follow_parent,
        )


def wait_until(ready, *, process, name, log, seconds=60):
    """Return once `ready()` is true; a StartError with the end of its log if it never is."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise StartError(f"{name} ended while starting. {end_of(log)}")
        if time.monotonic() > deadline:
            raise StartError(f"{name} was not ready after {seconds} seconds. {end_of(log)}")
        time.sleep(0.05)


def end_of(log, lines=12):
    """The last lines of a log, for a person."""
    text = log.read_text(errors="replace") if log.exists() else ""
    tail = "\n".join(f"  {line}" for line in text.splitlines()[-lines:])
    return f"The end of {log}:\n{tail}"


def ask_to_stop(process, with_signal=signal.SIGTERM):
    if process.poll() is None:
        process.send_signal(with_signal)


def wait_or_kill(process, seconds):
    """Wait for a process that was asked to stop; afterwards nothing of its group is left."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        pass
    kill_group(process.pid)
    process.wait()


def kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:  # macOS says so of a group of zombies
        pass


def remember(file, processes):
    """Note who runs, for a next start that finds no launcher any more."""
    rows = []
    for process in processes:
        try:
            created = psutil.Process(process.pid).create_time()
        except psutil.NoSuchProcess:
            continue
        rows.append({"pid": process.pid, "created": created})
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(rows))
    fresh.replace(file)


def stop_leftovers(file, seconds=10):
    """End what a killed launcher left running. A number that the system gave to someone else
    in the meantime is told by its start time and left alone."""
    try:
        rows = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return
    found = [psutil.Process(row["pid"]) for row in rows if is_the_same(row)]
    for process in found:
        process.terminate()
    wait_until_gone(found, seconds)
    for process in found:
        kill_group(process.pid)
    wait_until_gone(found, seconds)
    file.unlink(missing_ok=True)


def is_the_same(row):
    try:
        return abs(psutil.Process(row["pid"]).create_time() - row["created"]) < 0.1
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(processes, seconds):
    deadline = time.monotonic() + seconds
    while any(is_alive(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.05)


def is_alive(process):
    """A container whose first process buries nobody keeps the dead as zombies for ever."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
