import datetime as dt

import pytest
from django.db import transaction

from outbox.models import Letter
from outbox.services import planning

PROMISE = {
    "purpose": "test",
    "subject": "thing:1",
    "kind": "plain",
    "recipient": "ann@dot.example",
}


@pytest.fixture
def bells(monkeypatch):
    rung = []
    monkeypatch.setattr(planning, "publish", rung.append)
    return rung


def test_promise_is_made_once(db, now):
    assert planning.plan(**PROMISE, now=now) is True
    assert planning.plan(**PROMISE, now=now + dt.timedelta(days=1)) is False
    letter = Letter.objects.get()
    assert (letter.state, letter.planned_at, letter.due_at) == ("queued", now, now)
    assert letter.next_try_at == now


def test_promise_is_not_renewed_after_it_was_given_up(db, now):
    planning.plan(**PROMISE, now=now)
    planning.cancel(purpose="test", subjects=["thing:1"], reason="Not needed.", now=now)
    assert planning.plan(**PROMISE, now=now) is False
    assert Letter.objects.get().state == "cancelled"


def test_promise_goes_with_the_fact_it_follows_from(transactional_db, now, bells):
    class Undone(Exception):
        pass

    def fact_that_fails():
        with transaction.atomic():
            planning.plan(**PROMISE, now=now)
            raise Undone

    with pytest.raises(Undone):
        fact_that_fails()
    assert Letter.objects.count() == 0


def test_promise_rings_only_when_it_is_new_and_due(db, now, bells):
    planning.plan(**{**PROMISE, "due_at": now + dt.timedelta(hours=1)}, now=now)
    assert bells == []
    planning.plan(**PROMISE, seq=1, now=now)
    planning.plan(**PROMISE, seq=1, now=now)
    assert bells == ["letters_planned"]


def test_many_promises_are_one_statement(db, now, django_assert_num_queries):
    letters = [{**PROMISE, "seq": seq} for seq in range(50)]
    planning.plan(**PROMISE, seq=7, now=now)
    with django_assert_num_queries(3):  # with the savepoint of the test's transaction
        assert planning.plan_many(letters=letters, now=now) == 49
    assert planning.plan_many(letters=[], now=now) == 0


def test_facts_are_kept_exactly(db, now):
    due = now + dt.timedelta(microseconds=123457)
    details = {"name": "Zoë “O'Brien” \\ \U0001f642", "n": 3, "on": dt.date(2027, 3, 3)}
    planning.plan(**{**PROMISE, "details": details, "due_at": due}, now=now)
    letter = Letter.objects.get()
    assert letter.due_at == due
    assert letter.details == {**details, "on": "2027-03-03"}


def test_undeclared_kind_is_refused(db, now):
    with pytest.raises(KeyError):
        planning.plan(**{**PROMISE, "kind": "unheard_of"}, now=now)


def test_message_id_is_the_promises_own(settings):
    settings.MESSAGE_ID_DOMAIN = "portal.example"
    promise = {"purpose": "test", "subject": "thing:1", "kind": "plain"}
    one = planning.message_id_of(**promise, seq=0)
    assert one.endswith("@portal.example>")
    assert one == planning.message_id_of(**promise, seq=0)
    assert one != planning.message_id_of(**promise, seq=1)


def test_cancel_gives_up_what_waits_and_says_why(letter_for, now):
    waiting, urgent, sent = letter_for(), letter_for(kind="urgent"), letter_for()
    Letter.objects.filter(pk=sent.pk).update(state="claimed")
    subjects = [waiting.subject, urgent.subject, sent.subject]
    count = planning.cancel(
        purpose="test", subjects=subjects, kinds=["plain"], reason="Has answered.", now=now
    )
    assert count == 1
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason, waiting.done_at) == ("cancelled", "Has answered.", now)
    assert Letter.objects.get(pk=urgent.pk).state == "queued"
    assert Letter.objects.get(pk=sent.pk).state == "claimed"
