"""What follows from what. A service publishes a past fact; this table names the tasks.

The broker is a doorbell: an event may get lost, be delivered twice or a week late. So every
task here looks at the rows, and `crm_portal/tick.py` finds the same work without any event.
"""

import time
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

EVENTS: dict[str, list[str]] = {
    "import_wanted": ["agencies.tasks.work_on_imports"],
    "letters_planned": ["outbox.tasks.send_due"],
    "wave_opened": ["surveys.tasks.invite"],
    "response_submitted": ["feedback.tasks.raise_concerns"],
}

# A broker that is down refuses at once. One that keeps silent costs whoever rings some seconds:
# after that, this process leaves it alone for a while.
PATIENCE = 1.5
LEFT_ALONE = 30
_left_alone_until = 0.0

_is_unheard: ContextVar[bool] = ContextVar("is_unheard", default=False)


@contextmanager
def unheard():
    """Inside, no bell is rung: for a caller who does by itself what would follow."""
    token = _is_unheard.set(True)
    try:
        yield
    finally:
        _is_unheard.reset(token)


def publish(event, **ids):
    """Ring the bell after the current transaction commits; never when it is rolled back.

    Raises KeyError for an event that the table does not name. A broker that is down is logged
    and otherwise ignored: the next tick does the work.
    """
    for task in () if _is_unheard.get() else EVENTS[event]:
        transaction.on_commit(_bell(task, ids), robust=True)


def _bell(task, ids):
    # A function of its own: Django logs the name of one that fails, and a partial has none.
    def ring():
        global _left_alone_until
        begun = time.monotonic()
        if begun < _left_alone_until:
            return
        try:
            current_app.send_task(task, kwargs=ids, retry=False)
        except (OperationalError, *_unreachable()) as error:
            log.warning("doorbell_unheard", task=task, reason=type(error).__name__)
            if time.monotonic() - begun > PATIENCE:
                _left_alone_until = time.monotonic() + LEFT_ALONE

    return ring


def _unreachable():
    return current_app.connection_for_write().recoverable_connection_errors
