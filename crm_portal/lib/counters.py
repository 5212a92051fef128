"""Counts that limits are made of, in the default cache: a table, so they hold without the broker.

Each change is made by one process at a time: of two attempts at once, both count.
"""

import time

from django.core.cache import cache
from django.db import transaction

from crm_portal.lib import locks
from crm_portal.lib.locks import Rule


def change(name, function):
    """Replace what is kept under the name: `function(kept or None)` returns what to keep from now
    on and for how many seconds. Returns what is kept now."""
    with transaction.atomic():
        locks.hold(Rule.COUNTERS, [name])
        value, seconds = function(cache.get(name))
        cache.set(name, value, max(1, seconds))
    return value


def add(name, *, seconds, by=1):
    """Count one more, or `by`, in a window of so many seconds that begins with the first. Returns
    how many there are in it."""

    def one_more(kept):
        now = time.time()
        count, until = kept or (0, now + seconds)
        # A window of a clock that was ahead ends no later than one that begins now.
        until = min(until, now + seconds)
        return (max(0, count + by), until), until - now

    return change(name, one_more)[0]


def count(name):
    """How many there are in the present window."""
    return cache.get(name, (0, 0))[0]


def forget(*names):
    cache.delete_many(names)
