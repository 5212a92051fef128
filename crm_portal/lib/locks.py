"""Locks that are more than Django's `select_for_update`: on a rule about many rows, and shared.

All are let go when the transaction ends. PostgreSQL's isolation must be READ COMMITTED, as it is by
default: what is read in a later statement than the lock is what the one before has left.
"""

from enum import IntEnum

from django.db import connection


class Rule(IntEnum):
    """A rule about rows that may not exist yet, so that no row can be locked for it. The number is
    the first of the advisory lock's two; senders (outbox.services.sending) lock one long number,
    which PostgreSQL keeps apart."""

    DAILY_CAP = 1
    SPELLINGS = 2
    LINEAGES = 3
    DUE_SOON = 4
    # Taken by the trigger `no_agency_above_itself`.
    PARENTS = 5
    COUNTERS = 6


_HOLD = """
    SELECT pg_advisory_xact_lock(%s, number) FROM (
        SELECT DISTINCT hashtext(name) AS number FROM unnest(%s::text[]) AS name ORDER BY number
    ) AS in_one_order
"""


def hold(rule, names=("",)):
    """Wait for everybody else who holds the rule for one of these names. One statement.

    Two names with the same hash wait for each other, which does no harm.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [rule, list(names)])


def share(model, pk):
    """The row as it stands now, unchanged by others until this transaction ends. Many may share it
    at once; who changes it waits for all of them. Raises DoesNotExist."""
    table = connection.ops.quote_name(model._meta.db_table)
    rows = model._base_manager.raw(f"SELECT * FROM {table} WHERE id = %s FOR SHARE", [pk])  # noqa: S608
    for row in rows:
        return row
    raise model.DoesNotExist
