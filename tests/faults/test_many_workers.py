"""Two beats and four workers, none of whom knows of the others: everything once."""

import time
from collections import Counter
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.utils import timezone

from crm_portal.celery import app
from feedback.models import Action
from outbox.models import Letter
from surveys.models import Wave
from tests import factories as make
from tests.faults import desk
from tests.faults.parts import Parts, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE, ACTIONS = 60, 15
WORKERS, BEATS, TICKS = 4, 2, 40


@pytest.fixture
def parts(tmp_path, smtp_sink):
    """Four workers of this test's broker, whose clock shows the desk's day."""
    app.control.purge()
    smtp_sink.behave("dot", delay=(0.002, 0.02))
    ahead = (make.NOW - timezone.now()).total_seconds()
    parts = Parts(tmp_path, ahead=ahead, TICK_SECONDS="0.2")
    for _ in range(WORKERS):
        parts.worker()
    wait_for(parts.are_ready)
    yield parts
    parts.kill()


@contextmanager
def all_at_once(parts):
    """Inside, a tick is rung for each worker. They all stop where they would promise letters,
    having seen the same rows, and go on together."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE outbox_letter IN SHARE ROW EXCLUSIVE MODE")
        for _ in range(WORKERS):
            app.send_task("crm_portal.tasks.tick")
        wait_for(lambda: waiting(cursor) == WORKERS, say_why=lambda: waiting(cursor))
    yield


def waiting(cursor):
    """How many processes wait to write letters."""
    cursor.execute(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON database = pg_database.oid"
        " WHERE NOT granted AND datname = current_database()"
        " AND relation = 'outbox_letter'::regclass"
    )
    return cursor.fetchone()[0]


def promised_in_vain():
    """How many letters were promised that somebody else had promised already: each has used up a
    number of the table's sequence."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value * is_called::int FROM outbox_letter_id_seq")
        return cursor.fetchone()[0] - Letter.objects.count()


def test_everything_happens_once(parts, liaison, lead, cco, state_cio, smtp_sink, figure):
    desk.fill(people=PEOPLE, actions=ACTIONS, liaison=liaison)
    begun, before = time.monotonic(), promised_in_vain()
    with waves_put_off(), all_at_once(parts):
        wait_for(lambda: ticks(parts) >= WORKERS)
    in_vain = promised_in_vain() - before
    for _ in range(BEATS):
        parts.beat()
    wait_for(lambda: ticks(parts) >= TICKS, say_why=parts.done)
    cleared = desk.cleared(people=PEOPLE, actions=ACTIONS)
    wait_for(lambda: desk.done() == cleared, say_why=desk.done)
    parts.finish()
    figure(
        f"{BEATS} beats and {WORKERS} workers, {ticks(parts)} ticks in"
        f" {time.monotonic() - begun:.0f} s: {copies(smtp_sink).total()} letters,"
        f" {in_vain} promised in vain, {doubled(smtp_sink)} doubled"
    )
    assert desk.done() == cleared
    assert doubled(smtp_sink) == 0
    assert copies(smtp_sink).total() == sum(cleared["letters"].values())
    # The race ran: each worker promised what one of them did promise.
    assert in_vain >= WORKERS - 1
    assert all(parts.done().values())
    assert parts.complaints() == []


@pytest.fixture
def without_unique_letters(transactional_db):
    """The table of letters takes the same promise twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = 'outbox_letter'::regclass AND contype = 'u'"
        )
        constraints = cursor.fetchall()
        assert len(constraints) == 2
        for name, _definition in constraints:
            cursor.execute(f'ALTER TABLE outbox_letter DROP CONSTRAINT "{name}"')
        yield
        cursor.execute("TRUNCATE outbox_letter CASCADE")
        for name, definition in constraints:
            cursor.execute(f'ALTER TABLE outbox_letter ADD CONSTRAINT "{name}" {definition}')


def test_without_the_unique_row_letters_go_twice(
    without_unique_letters, parts, liaison, lead, cco, state_cio, smtp_sink
):
    """The negative control."""
    actions = 5
    desk.fill(people=1, actions=actions, liaison=liaison)
    with waves_put_off(), all_at_once(parts):
        wait_for(lambda: ticks(parts) >= WORKERS)
    parts.finish()
    assert doubled(smtp_sink) >= WORKERS - 1


@contextmanager
def waves_put_off():
    """Inside, no wave opens, reminds or ends, and no action is due: who does that holds up the
    others. What is left to promise is the letter to a raiser."""
    as_they_were, actions = list(Wave.objects.all()), list(Action.objects.all())
    Action.objects.update(due_on=desk.TODAY + 60 * desk.DAY)
    tomorrow = desk.TODAY + desk.DAY
    Wave.objects.exclude(title="Running").update(opens_on=tomorrow, closes_on=tomorrow)
    Wave.objects.filter(title="Running").update(reminder_days=[])
    yield
    Action.objects.bulk_update(actions, ["due_on"])
    Wave.objects.bulk_update(as_they_were, ["opens_on", "closes_on", "reminder_days"])


def ticks(parts):
    return sum(parts.done().values())


def copies(sink):
    return Counter(row["message_id"] for row in sink.journal)


def doubled(sink):
    return copies(sink).total() - len(copies(sink))
