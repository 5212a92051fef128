"""Two connections: one holds what the other waits for, and commits while it waits."""

import threading
import time
from contextlib import contextmanager

from django.db import connection, transaction

from accounts import office

PATIENCE = 20
# Not pg_stat_activity, which stays the same for all of a transaction.
_BLOCKED = """
    SELECT count(*) FROM pg_locks
    WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""


class Outcome:
    """What somebody's work returned or raised, once it has been let go."""

    returned = error = None


@contextmanager
def overtaken(work):
    """Do what stands in the `with` block in one transaction; meanwhile `work()` begins on another
    connection, and waits. It goes on when the block has been committed. Yields its Outcome.

    Fails when the work does not wait for the block.
    """
    outcome = Outcome()
    thread = threading.Thread(target=_do, args=(work, outcome), daemon=True)
    try:
        with transaction.atomic(durable=True):
            yield outcome
            thread.start()
            _wait_until_blocked(thread)
    finally:
        if thread.ident:
            thread.join(PATIENCE)
    assert not thread.is_alive()


def elsewhere(work):
    """Do the work on another connection, to its end."""
    outcome = Outcome()
    thread = threading.Thread(target=_do, args=(work, outcome), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert outcome.error is None


def _do(work, outcome):
    office.forget()
    try:
        outcome.returned = work()
    except Exception as error:
        outcome.error = error
    finally:
        connection.close()


def _wait_until_blocked(thread):
    deadline = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_BLOCKED)
            if cursor.fetchone()[0]:
                return
            assert thread.is_alive(), "It did not wait."
            assert time.monotonic() < deadline
            time.sleep(0.01)
