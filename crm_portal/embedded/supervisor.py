"""Starts parts in order, starts again what dies, and stops all of them in turn."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from crm_portal.embedded.processes import (
    StartError,
    ask_to_stop,
    end_of,
    kill_group,
    remember,
    spawn,
    wait_or_kill,
)

LOOK_EVERY = 0.2
# A part that dies again at once waits longer each time, up to this.
LONGEST_PAUSE = 30
CALM_AFTER = 10
# A disk with less has no room: PostgreSQL's log grows in steps of as much.
NO_ROOM = 16 * 1024 * 1024


@dataclass
class Part:
    """A process that should be there. `start` makes it, `wait` returns once it is of use."""

    name: str
    start: Callable[[], subprocess.Popen]
    wait: Callable[[subprocess.Popen], None] = lambda _process: None
    stop_signal: int = signal.SIGTERM
    patience: float = 15
    # Others work on it: it is stopped after them.
    is_needed: bool = False
    process: subprocess.Popen | None = None
    started_at: float = 0
    next_start: float = 0
    pause: float = field(default=0)


class Stopped(Exception):
    """Somebody asked us to stop while we were starting."""


class Supervisor:
    """`say` tells the person at the terminal; `memory` is where the next start finds our parts;
    `folders` are those in which parts write."""

    def __init__(self, *, memory: Path, say: Callable[[str], None], folders=()):
        self.memory = memory
        self.say = say
        self.folders = folders
        self.parts = []
        self.is_noted = True
        self.full = {}
        self.is_stopping = False
        # While we only wait for a part, nothing is lost by leaving at once.
        self.is_waiting = False

    def listen(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)

    def on_signal(self, _number, _frame):
        self.is_stopping = True
        if self.is_waiting:
            raise Stopped

    def check(self):
        if self.is_stopping:
            raise Stopped

    def start(self, part):
        """Start a part and wait until it is of use."""
        self.check()
        self.parts.append(part)
        self.launch(part)
        self.is_waiting = True
        try:
            self.check()
            part.wait(part.process)
        finally:
            self.is_waiting = False
        self.check()

    def launch(self, part):
        part.process = part.start()
        part.started_at = time.monotonic()
        self.is_noted = False
        self.note()

    def note(self):
        """Write down who runs; on a full disk as soon as there is room."""
        if not self.is_noted:
            with suppress(OSError):
                remember(self.memory, [part.process for part in self.parts if part.process])
                self.is_noted = True

    def run(self, name, command, *, log, env):
        """Run one step to its end; a StartError with the end of its log if it fails."""
        self.check()
        process = spawn(command, log=log, env=env)
        while process.poll() is None:
            if self.is_stopping:
                ask_to_stop(process)
                wait_or_kill(process, 5)
                raise Stopped
            time.sleep(0.05)
        if process.returncode:
            raise StartError(f"{name} failed. {end_of(log, lines=25)}")

    def watch(self):
        """Until somebody asks us to stop: whatever ends is started again."""
        while not self.is_stopping:
            for part in self.parts:
                self.look_after(part)
            self.note()
            time.sleep(LOOK_EVERY)

    def look_after(self, part):
        now = time.monotonic()
        if part.process is None:
            if now >= part.next_start:
                self.start_again(part)
            return
        if part.process.poll() is None:
            return
        # What its end left of it would hold the port, or do its work beside the new one.
        kill_group(part.process.pid)
        is_calm = now - part.started_at > CALM_AFTER
        part.pause = 0 if is_calm else min(max(0.5, part.pause * 2), LONGEST_PAUSE)
        part.next_start = now + part.pause
        self.say(f"{part.name} {how_it_ended(part.process)} and is started again.")
        part.process = None
        self.tell_what_is_full()

    def start_again(self, part):
        try:
            self.launch(part)
        except OSError as error:
            # No room for its log, or for another process: both pass.
            part.pause = min(max(0.5, part.pause * 2), LONGEST_PAUSE)
            part.next_start = time.monotonic() + part.pause
            if part.pause == 0.5:
                self.say(f"{part.name} cannot be started: {error}. It is tried again and again.")
            self.tell_what_is_full()

    def tell_what_is_full(self):
        """Each disk once, as long as it stays full."""
        full = {folder.stat().st_dev: folder for folder in self.folders if has_no_room(folder)}
        for disk, folder in full.items():
            if disk not in self.full:
                self.say(
                    f"The disk of {folder} is full. Make room on it: what needs it is tried again "
                    f"at least every {LONGEST_PAUSE} seconds."
                )
        self.full = full

    def stop(self):
        """Stop all parts; each gets its time to finish, and what others need goes last."""
        self.is_stopping = True
        running = [part for part in reversed(self.parts) if part.process]
        for is_needed in (False, True):
            parts = [part for part in running if part.is_needed == is_needed]
            for part in parts:
                ask_to_stop(part.process, part.stop_signal)
            for part in parts:
                wait_or_kill(part.process, part.patience)
        self.memory.unlink(missing_ok=True)


def has_no_room(folder):
    """Whether the disk has no room for another file there, or for nothing in it."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    # Some file systems do not count their files.
    has_no_file = found.f_files and not found.f_favail
    return bool(has_no_file) or shutil.disk_usage(folder).free < NO_ROOM


def how_it_ended(process):
    code = process.returncode
    return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
