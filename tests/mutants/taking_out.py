"""Takes checks out, one at a time, and tells which watcher noticed.

A watcher counts only if it is silent while nothing is taken out: see `red_anyway`. One that breaks
has noticed nothing: it stops the tool.
"""

from dataclasses import dataclass

from django.db import connections, transaction

from tests.doors import leaks
from tests.mutants.sites import Site
from tests.mutants.surgery import in_a_fork
from tests.mutants.watchers import Watcher


@dataclass(frozen=True)
class Outcome:
    """What happened without the check. `watcher`: who noticed first, or None."""

    site: Site
    watcher: Watcher | None = None
    said: str = ""


def take_out_each(sites, *, stage, living, watchers_of):
    """An Outcome for each of the checks; `watchers_of(site)` are asked in their order."""
    # Each copy of this process opens its own.
    connections.close_all()
    return [take_out(site, watchers_of(site), stage, living) for site in sites]


def take_out(site, watchers, stage, living):
    try:
        found = in_a_fork(lambda: first_to_notice(site, watchers, stage, living))
    except RuntimeError as error:
        error.add_note(f"Without {site}")
        raise
    return Outcome(site, watchers[found[0]], found[1]) if found else Outcome(site)


def first_to_notice(site, watchers, stage, living):
    """[which of the watchers, its sentence], or None."""
    living.take_out(site)
    for number, watcher in enumerate(watchers):
        for fault in faults(watcher, stage):
            return [number, fault]
    return None


def faults(watcher, stage):
    """The watcher's sentences. What it did is taken back."""
    with transaction.atomic():
        leaks.forget_misses()
        yield from watcher.run(stage)
        transaction.set_rollback(True)


def red_anyway(watchers, *, stage):
    """What these watchers say though nothing is taken out."""
    connections.close_all()
    return in_a_fork(lambda: [fault for watcher in watchers for fault in faults(watcher, stage)])
