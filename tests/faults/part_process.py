"""Parts of the portal: `python -m tests.faults.part_process` forks one for each line it reads.

A line is JSON: `argv`, the words after `celery -A crm_portal`; `log`, a file; `ahead`, by how many
seconds the part's clock is ahead, or a file that says so and that may change at any time; and the
`fault` it has (or ""). The answer is its process id. All end when the line to the parent is cut.
"""

import datetime as dt
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import django


def main():
    django.setup()
    warm_up()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    children = []
    for line in sys.stdin:
        child = os.fork()
        if not child:
            be_part(**json.loads(line))
        children.append(child)
        print(child, flush=True)
    for child in children:
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:
            pass


def warm_up():
    """What each part would have to do first, done once before they are forked."""
    import celery.apps.beat
    import celery.apps.worker
    import celery.bin.celery  # noqa: F401

    from crm_portal.celery import app
    from tests.outbox import kinds

    app.loader.import_default_modules()
    kinds.declare()


def be_part(*, argv, log, ahead, fault):
    import time_machine

    from crm_portal.celery import app

    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    if isinstance(ahead, str):
        follow_clock(Path(ahead))
    elif ahead:
        there = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=ahead)
        time_machine.travel(there, tick=True).start()
    if fault:
        FAULTS[fault]()
    try:
        app.start(argv=argv)
    finally:
        os._exit(0)


def follow_clock(file):
    """Put the clock of this process, and of all that it forks, to what the file says from now on.
    As when a system's clock is set, monotonic time runs on as if nothing had happened."""
    import time_machine

    clock = time_machine.travel(dt.datetime.now(dt.UTC), tick=True).start()
    shown = [0.0]

    def follow():
        while True:
            wanted = float(file.read_text())
            if wanted != shown[0]:
                clock.shift(wanted - shown[0])
                shown[0] = wanted
            time.sleep(0.01)

    def start():
        threading.Thread(target=follow, daemon=True, name="clock").start()

    start()
    os.register_at_fork(after_in_child=start)


# ---- Workers with a fault, for negative controls -------------------------------------------------


def trusts_a_lost_lock():
    """It takes every sender whose lock is gone for dead, and forgets what it could not note."""
    from outbox.services import marks, sending

    sending._database_began_at = lambda: dt.datetime.min.replace(tzinfo=dt.UTC)
    sending._mark_sent = lambda letter, clock: marks.sent(letter, now=clock.now())


def counts_by_the_wall_clock():
    """A beat that works out from the system's clock when it is to act again."""
    from crm_portal.celery import app

    entry = app.conf.beat_schedule["tick"]
    entry["schedule"] = entry["schedule"].seconds
    del entry["last_run_at"]


FAULTS = {
    "trusts a lost lock": trusts_a_lost_lock,
    "counts by the wall clock": counts_by_the_wall_clock,
}

if __name__ == "__main__":
    main()
