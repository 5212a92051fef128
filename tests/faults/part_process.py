"""Parts of the portal: `python -m tests.faults.part_process` forks one for each line it reads.

A line is JSON: `argv`, the words after `celery -A crm_portal`; `log`, a file; `ahead`, by how many
seconds the part's clock is ahead; and the `fault` it has (or ""). The answer is its process id. All
end when the line to the parent is cut.
"""

import datetime as dt
import json
import os
import signal
import sys

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
    if ahead:
        there = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=ahead)
        time_machine.travel(there, tick=True).start()
    if fault:
        FAULTS[fault]()
    try:
        app.start(argv=argv)
    finally:
        os._exit(0)


# ---- Workers with a fault, for negative controls -------------------------------------------------


def trusts_a_lost_lock():
    """It takes every sender whose lock is gone for dead, and forgets what it could not note."""
    from outbox.services import marks, sending

    sending._database_began_at = lambda: dt.datetime.min.replace(tzinfo=dt.UTC)
    sending._mark_sent = lambda letter, clock: marks.sent(letter, now=clock.now())


FAULTS = {"trusts a lost lock": trusts_a_lost_lock}

if __name__ == "__main__":
    main()
