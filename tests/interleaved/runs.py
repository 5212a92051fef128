"""Plays operations on fresh rows in many orders, always the same ones for the same seed."""

import os
from collections import Counter
from random import Random

from crm_portal.lib.refusals import Refusal

SEED = int(os.environ.get("PORTAL_SEED", "20270303"))
# So many orders of each combination of operations.
SCHEDULES = int(os.environ.get("PORTAL_SCHEDULES", "6"))


def run(scheduler, stage, combinations, *, times=SCHEDULES):
    """Play each combination so often. Returns the figures, or fails at the first difference.

    `stage(random)` makes fresh rows. Its methods draw what an operation is given and return the
    operation; `differences()` says in sentences where the summaries are not what the rows say.
    """
    seen = Counter()
    for names in combinations:
        orders = set()
        for number in range(times):
            play, differences = play_one(scheduler, stage, names, number)
            wrong = [*faults(play), *differences]
            assert wrong == [], told(wrong, names, number, play)
            orders.add(play.order)
            seen += Counter(
                schedules=1,
                turns=len(play.turns),
                waited=play.waits > 0,
                refusals=sum(error is not None for error in play.errors),
            )
        seen["distinct"] += len(orders)
    return (
        f"seed {SEED}, {len(combinations)} combinations, {seen['schedules']} schedules, "
        f"{seen['distinct']} of them distinct, {seen['turns']:,} turns, somebody waited for a lock "
        f"in {seen['waited']}, {seen['refusals']} refusals, 0 differences"
    )


def play_one(scheduler, stage, names, number):
    """The play, and what the summaries got wrong in it."""
    random = Random(f"{SEED} {names} {number}")
    rows = stage(random)
    works = [getattr(rows, name)() for name in names]
    return scheduler.play(works, random), rows.differences()


def faults(play):
    """What was raised and is no refusal: a deadlock, or a constraint that had to step in."""
    return [f"{error!r}" for error in play.errors if error and not isinstance(error, Refusal)]


def told(wrong, names, number, play):
    return "\n".join([*wrong, f"{names}, number {number} of seed {SEED}:", str(play)])


def needed_to_notice(scheduler, stage, names, *, most=200):
    """How many schedules it takes until a summary is wrong; None when `most` are not enough."""
    for number in range(most):
        _play, differences = play_one(scheduler, stage, names, number)
        if differences:
            return number + 1
    return None
