"""What becomes of letters whose sender died, hangs, or lost them to another."""

import datetime as dt
import threading

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from outbox import smtp
from outbox.models import Letter
from outbox.services import claims, marks, sending
from outbox.services.sending import reap, send_due

MINUTE = dt.timedelta(minutes=1)
DEAD = 4711
DATABASE_BEGAN_AT = sending._database_began_at


def taken(message_id):
    return True


def not_taken(message_id):
    return False


def not_answering(message_id):
    raise OSError("The journal cannot be read.")


def hold(letter, state, *, at, sender=DEAD):
    """As a sender leaves a letter when it dies in this state."""
    Letter.objects.filter(pk=letter.pk).update(
        state="claimed", sender=sender, attempt=1, lease_until=at + marks.LEASE
    )
    if state == "handing":
        Letter.objects.filter(pk=letter.pk).update(state="handing", handed_at=at)
    letter.refresh_from_db()
    return letter


@pytest.fixture
def living():
    """A sender's number with its lock held."""
    own = connection.copy()
    with own.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [815])
    yield 815
    own.close()


@pytest.fixture
def ask(settings):
    def ask(function):
        settings.OUTBOX_ASK_FIRST_HOP = f"tests.outbox.test_reaping.{function.__name__}"

    settings.OUTBOX_ASK_FIRST_HOP = ""
    return ask


def test_claimed_letter_of_the_dead_goes_back_untouched(letter, now):
    hold(letter, "claimed", at=now)
    assert reap(now=now) == 1
    letter.refresh_from_db()
    assert (letter.state, letter.attempt, letter.sender) == ("queued", 0, None)
    assert letter.next_try_at == now


def test_letters_of_the_living_are_theirs(letter_for, now, living):
    claimed = hold(letter_for(), "claimed", at=now, sender=living)
    handing = hold(letter_for(), "handing", at=now, sender=living)
    assert reap(now=now + 10 * MINUTE) == 0
    assert [Letter.objects.get(pk=pk).state for pk in (claimed.pk, handing.pk)] == [
        "claimed",
        "handing",
    ]


def test_letters_of_one_who_hangs_are_taken_over(letter_for, now, living, ask):
    ask(taken)
    claimed = hold(letter_for(), "claimed", at=now, sender=living)
    handing = hold(letter_for(), "handing", at=now, sender=living)
    assert reap(now=now + 11 * MINUTE) == 2
    assert Letter.objects.get(pk=claimed.pk).state == "queued"
    assert Letter.objects.get(pk=handing.pk).state == "sent"


def test_living_sender_may_wait_for_the_longest_answer(letter, now, living, ask, settings):
    """DATA, the letter and their two replies may each take as long as the sender is patient."""
    ask(not_taken)
    claimed = hold(letter, "claimed", at=now, sender=living)
    assert marks.hand_over(claimed, headline="Hello", body="", now=now)
    longest = 2 * settings.SMTP_COMMAND_TIMEOUT + 2 * settings.SMTP_DATA_TIMEOUT
    assert reap(now=now + dt.timedelta(seconds=longest)) == 0
    # The first time it might be the clock that was put forward.
    assert reap(now=now + dt.timedelta(seconds=longest) + 5 * MINUTE) == 0
    assert reap(now=now + 2 * dt.timedelta(seconds=longest) + 5 * MINUTE) == 0
    assert reap(now=now + 2 * dt.timedelta(seconds=longest) + 10 * MINUTE) == 1


def test_living_sender_keeps_its_letter_when_the_clock_is_put_forward(letter, now, living, ask):
    ask(not_taken)
    claimed = hold(letter, "claimed", at=now, sender=living)
    assert marks.hand_over(claimed, headline="Hello", body="", now=now)
    for minutes in range(360, 380, 2):
        assert reap(now=now + minutes * MINUTE) == 0
    assert marks.sent(claimed, now=now + 380 * MINUTE)


@pytest.mark.parametrize("sender", [DEAD, None])
def test_letter_handed_over_by_a_clock_that_was_ahead_is_settled(letter, now, ask, sender):
    ask(not_taken)
    claimed = hold(letter, "claimed", at=now, sender=sender)
    marks.hand_over(claimed, headline="Hello", body="", now=now + 360 * MINUTE)
    assert reap(now=now) == 0
    assert reap(now=now + marks.longest_answer()) == 1
    letter.refresh_from_db()
    assert letter.state == "queued"


def test_letter_on_its_way_may_settle_first(letter, now, ask):
    ask(not_taken)
    hold(letter, "handing", at=now)
    assert reap(now=now + dt.timedelta(seconds=59)) == 0
    assert reap(now=now + MINUTE) == 1


@pytest.mark.parametrize("sender", [DEAD, None])
def test_lost_lock_is_no_sign_of_death_after_the_database_began_anew(
    letter, now, ask, monkeypatch, sender
):
    ask(not_taken)
    monkeypatch.setattr(sending, "_database_began_at", lambda: now + MINUTE)
    hold(letter, "handing", at=now, sender=sender)
    # Who has put it in doubt itself does not wait for it any more.
    assert reap(now=now + 5 * MINUTE) == (sender is None)
    reap(now=now + marks.LEASE)
    letter.refresh_from_db()
    assert letter.state == "queued"


def test_the_database_says_since_when_it_runs(db):
    assert DATABASE_BEGAN_AT() < timezone.now()


@pytest.mark.parametrize(
    ("answer", "kind", "state"),
    [
        (taken, "plain", "sent"),
        (taken, "urgent", "sent"),
        (not_taken, "plain", "queued"),
        (not_taken, "urgent", "queued"),
        (None, "plain", "parked"),
        (None, "urgent", "queued"),
        (not_answering, "plain", "handing"),
    ],
)
def test_doubt_is_settled_by_the_first_hop_or_by_the_kind(
    letter_for, now, ask, answer, kind, state
):
    letter = hold(letter_for(kind=kind), "handing", at=now)
    if answer:
        ask(answer)
    reap(now=now + 2 * MINUTE)
    letter.refresh_from_db()
    assert letter.state == state
    if state == "parked":
        assert letter.reason.startswith("Its sender stopped")
    if state == "sent":
        assert letter.done_at == now + 2 * MINUTE


def test_letter_that_is_in_doubt_again_and_again_is_parked(letter_for, now, ask):
    letter = hold(letter_for(kind="urgent"), "handing", at=now)
    Letter.objects.filter(pk=letter.pk).update(attempt=marks.TRIES_IN_DOUBT)
    reap(now=now + 2 * MINUTE)
    letter.refresh_from_db()
    assert letter.state == "parked"


def test_letter_of_an_answer_that_never_came_is_asked_about(server, letter, now, ask):
    from tests.outbox.scripted import DROP, TAKE

    server.does(dot=[(TAKE, DROP)])
    assert send_due(now=now) == 0
    letter.refresh_from_db()
    assert (letter.state, letter.sender) == ("handing", None)
    assert "onnection" in letter.reason
    ask(taken)
    assert reap(now=now + 3 * MINUTE) == 1
    letter.refresh_from_db()
    assert (letter.state, letter.reason) == ("sent", "")


# ---- Fences --------------------------------------------------------------------------------------


def test_sender_that_was_taken_for_dead_hands_nothing_over(smtp_sink, letter, now, monkeypatch):
    claim = claims.claim

    def claim_and_lose(**kwargs):
        claimed = claim(**kwargs)
        # Somebody reaps, and another sender claims, between our claim and our hand-over.
        Letter.objects.filter(state="claimed", sender=kwargs["sender"]).update(
            state="claimed", sender=DEAD, attempt=2
        )
        return claimed

    monkeypatch.setattr(sending.claims, "claim", claim_and_lose)
    assert send_due(now=now) == 0
    assert smtp_sink.journal == []
    letter.refresh_from_db()
    assert (letter.state, letter.sender, letter.attempt) == ("claimed", DEAD, 2)


def test_only_the_present_try_may_settle_a_letter(letter, now):
    old = hold(letter, "handing", at=now)
    Letter.objects.filter(pk=letter.pk).update(attempt=2)
    assert marks.sent(old, now=now) is False
    assert marks.failed(old, reason="x", now=now) is False
    assert marks.try_again(old, reason="x", tries=6, now=now) is False
    assert marks.in_doubt(old, reason="x", now=now) is False
    assert marks.send_anew(old, now=now) is False
    assert marks.parked(old, reason="x") is False
    assert Letter.objects.get().state == "handing"


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_send_each_letter_once(smtp_sink, letter_for, now):
    for number in range(120):
        letter_for(f"person{number}@dot.example")
    smtp_sink.behave("dot", delay=(0, 0.01))
    counts, start = [], threading.Barrier(4)

    def send():
        start.wait()
        try:
            counts.append(send_due(now=now, batch=10))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(counts) == 120
    assert len([count for count in counts if count]) > 1, "they did not send at once"
    recipients = [row["recipient"] for row in smtp_sink.journal]
    assert len(recipients) == len(set(recipients)) == 120
    assert set(Letter.objects.values_list("state", "attempt")) == {("sent", 1)}


@pytest.mark.django_db(transaction=True)
def test_letter_is_sent_also_when_the_database_went_away_while_the_server_answered(
    smtp_sink, letter_for, now, monkeypatch
):
    letters = [letter_for(f"p{number}@dot.example") for number in range(2)]
    deliver = smtp.Smtp.deliver

    def deliver_and_cut(self, **what):
        deliver(self, **what)
        with connection.copy().cursor() as cursor:
            # As a restart of the database does with all connections.
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid != pg_backend_pid()"
            )

    monkeypatch.setattr(smtp.Smtp, "deliver", deliver_and_cut)
    with pytest.raises(DatabaseError):
        send_due(now=now)
    assert [Letter.objects.get(pk=letter.pk).state for letter in letters] == ["sent", "queued"]
    assert len(smtp_sink.journal) == 1


@pytest.mark.django_db(transaction=True)
def test_letters_are_not_sent_within_somebody_elses_transaction(smtp_sink, letter, now):
    from django.db import transaction

    with transaction.atomic(), pytest.raises(RuntimeError):
        send_due(now=now)
    assert smtp_sink.journal == []


@pytest.mark.django_db(transaction=True)
def test_sender_that_stops_with_an_error_puts_its_letters_back(
    smtp_sink, letter_for, now, monkeypatch
):
    letters = [letter_for(f"p{number}@dot.example") for number in range(3)]
    monkeypatch.setattr(sending.marks, "sent", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send_due(now=now)
    rows = [Letter.objects.get(pk=letter.pk) for letter in letters]
    assert [(row.state, row.attempt) for row in rows] == [
        ("handing", 1), ("queued", 0), ("queued", 0),
    ]  # fmt: skip
    assert len(smtp_sink.journal) == 1
