"""Runs a check over many random histories, always the same ones for the same seed."""

import os
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

SEED = int(os.environ.get("PORTAL_SEED", "20270303"))
HISTORIES = int(os.environ.get("PORTAL_HISTORIES", "2000"))
# So many of them go through the services and their rows.
ACTIONS, PEOPLE = HISTORIES * 3 // 10, HISTORIES * 7 // 10


def run(check, history, *, times):
    """Let `check` see `history(random)` so many times. Returns how often it was asked, and the sum
    of its answers: how much there was to compare.

    Hypothesis draws the state of `random` only. Left to draw the parts of a history, it would
    vary a few of them again and again, which finds faults of parsers rather than of calendars.
    """
    seen = compared = 0

    @seed(SEED)
    @settings(
        max_examples=times,
        deadline=None,
        database=None,
        # A smaller state is not a smaller history.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(st.randoms(use_true_random=True))
    def every_one_of_them(random):
        nonlocal seen, compared
        seen += 1
        compared += check(history(random))

    every_one_of_them()
    return seen, compared


def needed_to_notice(check, history, *, most):
    """How many histories it takes until the check raises; None when `most` are not enough."""
    for number in range(most):
        drawn = history(Random(f"{SEED} {number}"))
        try:
            check(drawn)
        except Exception:
            return number + 1
    return None


def assert_same(seen, written, *, world):
    """The rows of both are the same: returns how many. Otherwise says which are not, and what went
    before them.

    A row begins with the number of the action or person whose history it belongs to; the events
    of a world that have none belong to everybody's.
    """
    if sorted(map(repr, seen)) == sorted(map(repr, written)):
        return len(written)
    extra = [row for row in seen if row not in written]
    missing = [row for row in written if row not in seen]
    numbers = {row[0] for row in [*extra, *missing]} | {-1}
    events = [event for event in world.events if event.number in numbers]
    parts = [("Only in the portal", extra), ("Only on paper", missing), ("What happened", events)]
    lines = [f"{title}:\n  " + "\n  ".join(map(repr, rows)) for title, rows in parts]
    raise AssertionError("\n".join([*lines, f"In this office: {world.office}"]))
