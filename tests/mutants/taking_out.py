"""Each check of who may do or see what is taken out in turn; each time a test must turn red.

`python -m tests.mutants` runs this; it is no part of `make test` while checks survive. Why a
check may stay though nothing notices when it is gone stands in `SPARE`.
"""

import time
from collections import Counter

import pytest
from django.db import connections, transaction

from tests.doors import leaks
from tests.mutants.sites import all_sites
from tests.mutants.surgery import Living, in_a_fork
from tests.mutants.watchers import Map, all_watchers

pytestmark = pytest.mark.django_db(transaction=True)

# "place: check" as a survivor is printed, without its line → the reason.
SPARE: dict[str, str] = {}
# What asks about no single door, and costs little.
SHORT = {"rows", "deeds", "admin"}


def test_every_check_is_missed_when_it_is_gone(stage, one_of_each, figure):
    began, sites = time.monotonic(), all_sites()
    plan, living = Map(stage), Living()
    # A copy of this process opens its own.
    connections.close_all()
    assert in_a_fork(lambda: faults_of_the_whole(stage)) == [], "red without any change"
    outcomes = {site: in_a_fork(lambda s=site: notice(stage, plan, living, s)) for site in sites}
    survivors = [str(site) for site, noticed in outcomes.items() if noticed is None]
    kinds = Counter(noticed[0] for noticed in outcomes.values() if noticed is not None)
    figure(
        f"mutants: {len(sites) - len(survivors)} of {len(sites)} noticed, {dict(kinds)}, "
        f"{time.monotonic() - began:.0f} s"
    )
    assert survivors == []


def faults_of_the_whole(stage):
    """What the short checks say while nothing is taken out."""
    said = []
    for watcher in all_watchers():
        if watcher.kind in SHORT:
            with transaction.atomic():
                leaks.forget_misses()
                said += list(watcher.run(stage))
                transaction.set_rollback(True)
    return said


def notice(stage, plan, living, site):
    """Without the check: [which kind of watcher noticed, what it said], or None."""
    watchers = plan.watchers_of(site)
    living.take_out(site)
    for watcher in watchers:
        with transaction.atomic():
            leaks.forget_misses()
            fault = first_fault(watcher, stage)
            transaction.set_rollback(True)
        if fault:
            return [watcher.kind, fault]
    return None


def first_fault(watcher, stage):
    try:
        return next(iter(watcher.run(stage)), None)
    except Exception as error:
        # What breaks turns a test red as well.
        return f"broken: {error!r}"
