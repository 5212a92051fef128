"""Senders to be killed: `python -m tests.outbox.sender_process` forks one for each line it reads.

A line is JSON: `step`, at which the sender kills itself (or ""), and the `settings` it has. The
answer is the sender's process id. All end when the line to the parent is cut.
"""

import json
import os
import signal
import sys
import threading
import time

import django


def main():
    django.setup()
    warm_up()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    children = []
    for line in sys.stdin:
        child = os.fork()
        if not child:
            send_until_killed(**json.loads(line))
        children.append(child)
        print(child, flush=True)
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            pass


def warm_up():
    """What each sender would have to do first, done once before they are forked."""
    from django.db import connection
    from django.template.loader import get_template

    from outbox.services import sending  # noqa: F401
    from tests.outbox import kinds

    kinds.declare()
    for ending in ("txt", "html"):
        get_template(f"{kinds.TEMPLATE}.{ending}")
    connection.close()


def send_until_killed(*, step, settings):
    from django.conf import settings as present
    from django.utils import timezone

    from outbox.services import sending

    for name, value in settings.items():
        setattr(present, name, value)
    # Nobody stays behind when the one who counts is gone.
    threading.Thread(target=watch, args=(os.getppid(),), daemon=True).start()
    if step:
        STEPS[step](sending)
    while True:
        sending.reap(now=timezone.now())
        sending.send_due(now=timezone.now())
        time.sleep(0.02)


def watch(parent):
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


# ---- Death at a chosen step ----------------------------------------------------------------------


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner, name):
    def arrange(sending):
        setattr(owner(sending), name, lambda *args, **kwargs: die())

    return arrange


def after(owner, name):
    def arrange(sending):
        original = getattr(owner(sending), name)

        def then_die(*args, **kwargs):
            original(*args, **kwargs)
            die()

        setattr(owner(sending), name, then_die)

    return arrange


def half_a_letter(sending):
    """The dot never comes."""
    original = sending.smtp._dotted
    sending.smtp._dotted = lambda content: original(content)[:-5]
    _die_in_reply_after_data(sending)


def after_the_dot(sending):
    """The server has the whole letter, and we do not hear its answer."""
    _die_in_reply_after_data(sending)


def _die_in_reply_after_data(sending):
    client = sending.smtp._Plain
    original = client.send

    def send(self, data):
        original(self, data)
        # Only a letter is longer than a command.
        if len(data) > 500:
            time.sleep(0.05)
            die()

    client.send = send


STEPS = {
    "claimed": after(lambda sending: sending.claims, "claim"),
    "connected": after(lambda sending: sending.smtp.Smtp, "_address"),
    "before handing": before(lambda sending: sending.marks, "hand_over"),
    "after handing": after(lambda sending: sending.marks, "hand_over"),
    "half a letter": half_a_letter,
    "after the dot": after_the_dot,
    "before the mark": before(lambda sending: sending.marks, "sent"),
    "after the mark": after(lambda sending: sending.marks, "sent"),
}

if __name__ == "__main__":
    main()
