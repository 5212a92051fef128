"""Senders to be killed: `python -m tests.outbox.sender_process` forks one for each line it reads.

A line is JSON: `step`, at which the sender kills itself (or ""), the `fault` it has (or ""), and
its `settings`. The answer is the sender's process id. All end when the line to the parent is cut.
"""

import json
import os
import signal
import sys
import threading
import time

import django

# Small, so that each of some senders has letters in its hands when it dies.
BATCH = 20


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


def send_until_killed(*, step, fault, settings):
    from django.conf import settings as present
    from django.utils import timezone

    from outbox.services import sending

    for name, value in settings.items():
        setattr(present, name, value)
    # Nobody stays behind when the one who counts is gone.
    threading.Thread(target=watch, args=(os.getppid(),), daemon=True).start()
    if fault:
        FAULTS[fault](sending)
    if step:
        STEPS[step](sending)
    while True:
        sending.reap(now=timezone.now())
        sending.send_due(now=timezone.now(), batch=BATCH)
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

# ---- Senders with a fault, for negative controls -------------------------------------------------


def marks_before_it_sends(sending):
    original = sending.marks.hand_over

    def hand_over(letter, *, now, **words):
        return original(letter, now=now, **words) and sending.marks.sent(letter, now=now)

    sending.marks.hand_over = hand_over


def marks_only_afterwards(sending):
    """Nobody can see in the row that the mail server may have the letter."""
    original_hand_over, original_sent, words_of = sending.marks.hand_over, sending.marks.sent, {}

    def hand_over(letter, **words):
        words_of[letter.pk] = words
        return True

    def sent(letter, *, now):
        if letter.pk in words_of:
            original_hand_over(letter, **words_of.pop(letter.pk))
        return original_sent(letter, now=now)

    sending.marks.hand_over, sending.marks.sent = hand_over, sent


def asks_nobody(sending):
    """It takes the first hop's answer to be no."""
    sending._ask_first_hop = lambda message_id: False


FAULTS = {
    "marks before it sends": marks_before_it_sends,
    "marks only afterwards": marks_only_afterwards,
    "asks nobody": asks_nobody,
}

if __name__ == "__main__":
    main()
