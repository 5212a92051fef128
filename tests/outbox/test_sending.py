"""What becomes of a letter, on a real mail server and a real database."""

import dataclasses
import datetime as dt
import time

import pytest

from crm_portal import tick as ticking
from crm_portal.letters import KINDS, Kind
from outbox import smtp
from outbox.models import Letter
from outbox.services import claims, marks, parked, sending
from outbox.services.sending import send_due

HOUR = dt.timedelta(hours=1)


def state_of(letter):
    letter.refresh_from_db()
    return letter.state


def test_letter_arrives_as_text_and_html(smtp_sink, letter_for, now, settings):
    settings.DEFAULT_FROM_EMAIL = "portal@oit.example"
    letter = letter_for(text="Ann's <b>note</b> & more\n.\n..dots", headline="For\nyou")
    assert send_due(now=now) == 1
    [row] = smtp_sink.journal
    assert (row["recipient"], row["message_id"]) == (letter.recipient, letter.message_id)
    [mail] = smtp_sink.messages()
    assert mail["Subject"] == "For you"
    assert mail["To"] == "Ann Example <ann@dot.example>"
    assert mail["From"] == "Office of Information Technology <portal@oit.example>"
    assert mail["Message-ID"] == letter.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.replace(microsecond=0) == now
    assert (mail["Cc"], mail["Bcc"], mail["List-Unsubscribe"]) == (None, None, None)
    text = mail.get_body(["plain"]).get_content().replace("\r\n", "\n")
    assert "Ann's <b>note</b> & more\n.\n..dots" in text
    assert "Ann&#x27;s &lt;b&gt;note&lt;/b&gt;" in mail.get_body(["html"]).get_content()


def test_sent_letter_says_what_went_when(smtp_sink, letter_for, now, settings):
    letter = letter_for(text=f"Look: {settings.BASE_URL}/s/sEcReT-token_123?x=1 (soon)")
    send_due(now=now)
    assert state_of(letter) == "sent"
    assert (letter.attempt, letter.reason, letter.headline) == (1, "", "Hello")
    assert now <= letter.handed_at <= letter.done_at < now + HOUR
    assert f"Look: {settings.BASE_URL}/s/… (soon)" in letter.body
    assert "sEcReT" not in letter.body
    assert "sEcReT" in smtp_sink.messages()[0].get_body(["plain"]).get_content()


def test_letter_waits_until_it_is_due(smtp_sink, letter_for, now):
    letter_for(at=now + HOUR)
    assert send_due(now=now) == 0
    assert send_due(now=now + HOUR) == 1
    assert send_due(now=now + HOUR) == 0
    assert len(smtp_sink.journal) == 1


def slow_step(*, now):
    time.sleep(0.3)


def test_letter_is_stamped_after_what_earlier_steps_of_the_tick_took(
    smtp_sink, letter, now, monkeypatch
):
    own = "tests.outbox.test_sending.slow_step"
    monkeypatch.setattr(ticking, "STEPS", [own, "outbox.services.sending.send_due"])
    assert ticking.tick(now=now) == []
    assert state_of(letter) == "sent"
    assert letter.handed_at >= now + dt.timedelta(seconds=0.3)


def test_many_letters_go_over_one_connection(
    smtp_sink, letter_for, now, django_assert_max_num_queries
):
    for number in range(120):
        letter_for(f"person{number}@dot.example")
    # Two marks a letter; the rest is looking, claiming and savepoints of the test.
    with django_assert_max_num_queries(2 * 120 + 20):
        assert send_due(now=now) == 120
    assert smtp_sink.connections == 1
    assert len({row["recipient"] for row in smtp_sink.journal}) == 120


def test_oldest_letter_goes_first(smtp_sink, letter_for, now):
    letter_for("late@dot.example", at=now)
    letter_for("early@dot.example", at=now - HOUR)
    send_due(now=now)
    assert [row["recipient"] for row in smtp_sink.journal] == [
        "early@dot.example",
        "late@dot.example",
    ]


def test_unwanted_letter_is_not_sent_and_says_why(smtp_sink, letter_for, now):
    letter = letter_for(unwanted="Has answered.")
    wanted = letter_for("bob@dot.example")
    assert send_due(now=now) == 1
    assert state_of(letter) == "cancelled"
    assert (letter.reason, letter.done_at is not None) == ("Has answered.", True)
    assert state_of(wanted) == "sent"
    assert [row["recipient"] for row in smtp_sink.journal] == ["bob@dot.example"]


def test_old_decision_is_taken_again_before_sending(smtp_sink, letter_for, now, monkeypatch):
    letter_for("first@dot.example"), letter_for("second@dot.example")

    def change_of_mind(*args, **kwargs):
        Letter.objects.filter(recipient="second@dot.example").update(
            details={"unwanted": "Has answered."}
        )
        letter = Letter.objects.get(recipient="second@dot.example")
        return sending.Skip(letter.details["unwanted"])

    monkeypatch.setattr(sending, "FRESH", dt.timedelta(seconds=-1))
    monkeypatch.setattr(sending.claims, "compose", change_of_mind)
    monkeypatch.setattr(
        sending.claims, "claim", claim_first(sending.claims.claim, change_of_mind, monkeypatch)
    )
    assert send_due(now=now) == 0
    assert set(Letter.objects.values_list("state", "reason")) == {("cancelled", "Has answered.")}
    assert smtp_sink.journal == []


def claim_first(claim, later, monkeypatch):
    """Decide as usual when claiming, and otherwise afterwards."""
    from outbox.services import claims
    from tests.outbox import kinds

    def claiming(**kwargs):
        monkeypatch.setattr(claims, "compose", kinds.plain)
        try:
            return claim(**kwargs)
        finally:
            monkeypatch.setattr(claims, "compose", later)

    return claiming


@pytest.mark.parametrize("kind", ["plain", "broken_query", "broken_gather", "broken_template"])
def test_letter_that_cannot_be_written_stops_no_other(smtp_sink, letter_for, now, kind):
    broken = letter_for("broken@dot.example", kind=kind, at=now - HOUR, poison="No such wave.")
    others = [letter_for(f"p{number}@dot.example") for number in range(3)]
    at = now
    for tries in range(1, marks.TRIES_TO_WRITE + 1):
        send_due(now=at)
        assert {state_of(other) for other in others} == {"sent"}
        assert state_of(broken) == ("queued" if tries < marks.TRIES_TO_WRITE else "failed")
        assert broken.attempt == tries
        assert broken.reason.startswith("It could not be written: ")
        assert broken.next_try_at > at or broken.state == "failed"
        at += dt.timedelta(hours=9)
    assert send_due(now=at) == 0
    assert len(smtp_sink.journal) == 3


def test_letter_of_a_kind_that_is_gone_is_seen(smtp_sink, letter, now, monkeypatch):
    monkeypatch.delitem(KINDS, ("test", "plain"))
    send_due(now=now)
    assert state_of(letter) == "queued"
    assert letter.reason == "It could not be written: KeyError(('test', 'plain'))"


def test_refusing_server_is_tried_with_growing_patience_for_three_days(smtp_sink, letter, now):
    smtp_sink.behave("rcpt", "450 Greylisted")
    at, waits = now, []
    while send_due(now=at) == 0 and state_of(letter) == "queued":
        waits.append(round((letter.next_try_at - at) / dt.timedelta(minutes=1)))
        at = letter.next_try_at
    minutes = [1, 5, 30, 120, *[360] * 10]
    assert len(waits) == len(minutes)
    for wait, least in zip(waits, minutes, strict=True):
        assert least <= wait <= least * 1.25 + 1
    assert 2.6 < (at - now) / dt.timedelta(days=1) < 3.3
    assert (letter.state, letter.attempt, letter.reason) == ("failed", 15, "450 Greylisted")


def test_patience_ends_when_the_letter_is_no_longer_wanted(smtp_sink, letter, now):
    smtp_sink.behave("rcpt", "450 Greylisted")
    send_due(now=now)
    Letter.objects.update(details={"unwanted": "The survey has ended."})
    send_due(now=now + HOUR)
    assert (state_of(letter), letter.reason) == ("cancelled", "The survey has ended.")


def test_waits_differ_from_letter_to_letter():
    at = dt.datetime(2027, 3, 3, tzinfo=dt.UTC)
    waits = {marks.another_try(1, "x", 6, at)["next_try_at"] for _ in range(50)}
    assert len(waits) > 40


def test_simulated_past_reaches_nobody(smtp_sink, letter, now):
    assert send_due(now=now, transport=smtp.Accepted()) == 1
    assert state_of(letter) == "sent"
    assert (letter.handed_at, letter.done_at, letter.headline) == (now, now, "Hello")
    assert smtp_sink.journal == []


@pytest.fixture
def can_wait(monkeypatch):
    kind = dataclasses.replace(KINDS["test", "plain"], can_wait=True)
    monkeypatch.setitem(KINDS, ("test", "plain"), kind)


def test_second_letter_that_can_wait_goes_out_tomorrow(
    office_row, smtp_sink, letter_for, now, can_wait
):
    first, second = letter_for(), letter_for()
    urgent, other = letter_for(kind="urgent"), letter_for("bob@dot.example")
    assert send_due(now=now) == 3
    assert [state_of(each) for each in [first, second, urgent, other]] == [
        "sent", "queued", "sent", "sent",
    ]  # fmt: skip
    assert second.reason.startswith("Waits until tomorrow")
    assert second.next_try_at == dt.datetime(2027, 3, 4, 15, 0, tzinfo=dt.UTC)
    assert send_due(now=now + 6 * HOUR) == 0
    assert send_due(now=now + 24 * HOUR) == 1


def test_only_letters_that_can_wait_use_the_day_up(smtp_sink, letter_for, now, can_wait):
    letter_for(kind="urgent")
    assert send_due(now=now) == 1
    letter_for()
    assert send_due(now=now + HOUR) == 1


def test_letter_that_a_person_sends_does_not_wait(smtp_sink, letter_for, now, can_wait):
    letter_for(), letter_for()
    Letter.objects.update(details={"by_hand": True})
    assert send_due(now=now) == 2


@pytest.mark.parametrize(("cap", "sent"), [(0, 3), (2, 2)])
def test_daily_cap_is_a_setting(
    office_row, smtp_sink, letter_for, now, can_wait, settings, cap, sent
):
    settings.OUTBOX_DAILY_CAP = cap
    for _ in range(3):
        letter_for()
    assert send_due(now=now) == sent


def test_letter_in_the_hands_of_another_sender_uses_the_day_up(
    office_row, smtp_sink, letter_for, now, can_wait
):
    letter_for("Ann@dot.example")
    assert claims.claim(sender=7, limit=1, now=now, durable=False)
    second = letter_for("ann@dot.example")
    assert claims.claim(sender=8, limit=1, now=now, durable=False) == []
    assert (state_of(second), second.next_try_at > now + 12 * HOUR) == ("queued", True)


@pytest.mark.parametrize(
    ("handed", "sent"), [(0 * HOUR, 0), (-24 * HOUR, 1)], ids=["today", "yesterday"]
)
def test_letter_in_doubt_uses_up_the_day_on_which_it_was_handed_over(
    office_row, smtp_sink, letter_for, now, can_wait, handed, sent
):
    """Nobody knows whether a parked letter has arrived: it is counted as if it had."""
    doubtful = letter_for()
    Letter.objects.filter(pk=doubtful.pk).update(state="claimed")
    Letter.objects.filter(pk=doubtful.pk).update(state="handing", handed_at=now + handed)
    Letter.objects.filter(pk=doubtful.pk).update(state="parked", reason="Who knows")
    letter_for()
    assert send_due(now=now) == sent


def test_refused_letter_does_not_use_the_day_up(office_row, smtp_sink, letter_for, now, can_wait):
    smtp_sink.behave("dot", "554 Looks like spam", times=1)
    letter_for()
    assert send_due(now=now) == 0
    letter_for()
    assert send_due(now=now + HOUR) == 1


def test_letter_that_a_person_sends_uses_the_day_up(
    office_row, smtp_sink, letter_for, now, can_wait
):
    other, by_hand = letter_for(), letter_for(by_hand=True)
    assert send_due(now=now) == 1
    assert (state_of(other), state_of(by_hand)) == ("queued", "sent")


# ---- Addresses that do not exist -----------------------------------------------------------------

NO_SUCH_PERSON = "550 5.1.1 No such person."


def refuse(smtp_sink, letter_for, now, said=NO_SUCH_PERSON, step="rcpt"):
    """A letter to Ann is refused; then the server takes everything again."""
    smtp_sink.behave(step, said, times=1)
    refused = letter_for()
    send_due(now=now)
    assert state_of(refused) == "failed"
    return refused


@pytest.mark.parametrize("said", [NO_SUCH_PERSON, "550 Unknown user", "553 5.1.3 Bad syntax"])
def test_address_that_was_refused_is_not_written_to_again(smtp_sink, letter_for, now, said):
    refuse(smtp_sink, letter_for, now, said)
    later, other = letter_for("Ann@dot.example", kind="urgent"), letter_for("x.ann@dot.example")
    assert send_due(now=now + HOUR) == 1
    assert (state_of(later), state_of(other)) == ("cancelled", "sent")
    assert later.reason == (
        f"The mail server has refused this address: {said.rstrip('.')}. "
        "Correct it, or send the refused letter again."
    )


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("550 5.7.1 Looks like spam", "rcpt"),
        ("550 5.2.2 Mailbox full", "rcpt"),
        ("550 5.1.8 We do not know the sender", "rcpt"),
        ("554 Rejected", "rcpt"),
        ("550 Looks like spam", "dot"),
    ],
)
def test_refusal_of_a_letter_says_nothing_about_the_address(smtp_sink, letter_for, now, said, step):
    refuse(smtp_sink, letter_for, now, said, step)
    letter_for()
    assert send_due(now=now + HOUR) == 1


def test_letter_that_arrives_clears_the_address(smtp_sink, letter_for, now, cco):
    refused = refuse(smtp_sink, letter_for, now)
    parked.send_again(letter=refused, by=cco, now=now + HOUR)
    later = letter_for(at=now + HOUR)
    assert send_due(now=now + HOUR) == 2
    assert (state_of(refused), state_of(later)) == ("sent", "sent")


def test_two_refused_letters_do_not_hold_each_other_back(smtp_sink, letter_for, now, cco):
    smtp_sink.behave("rcpt", NO_SUCH_PERSON, times=2)
    first, second = letter_for(), letter_for()
    send_due(now=now)
    first.refresh_from_db()
    parked.send_again(letter=first, by=cco, now=now + HOUR)
    assert send_due(now=now + HOUR) == 1
    assert (state_of(first), state_of(second)) == ("sent", "failed")
    later = letter_for()
    assert send_due(now=now + 2 * HOUR) == 1
    assert state_of(later) == "sent"


def test_letter_about_an_account_is_tried_all_the_same(smtp_sink, letter_for, now, monkeypatch):
    refuse(smtp_sink, letter_for, now)
    monkeypatch.setitem(KINDS, ("account", "plain"), KINDS["test", "plain"])
    later = letter_for()
    Letter.objects.filter(pk=later.pk).update(purpose="account")
    assert send_due(now=now + HOUR) == 1


def test_every_kind_names_a_function():
    from django.utils.module_loading import import_string

    for kind in KINDS.values():
        assert isinstance(kind, Kind)
        assert callable(import_string(kind.compose))


TEXTS = [
    "dot\n.\n..\n.last",
    "trailing blank \nand tab\t\n\nFrom here = 1=2 =3D",
    "Zoë “quoted” — \U0001f642\u2028next",
    "x" * 2000 + "\n" + "ä" * 500,
    "--=_\r\n--boundary--\r\rcarriage",
]


@pytest.mark.parametrize("text", TEXTS)
def test_words_arrive_as_they_were_written(smtp_sink, letter_for, now, text):
    letter_for(text=text)
    send_due(now=now)
    [mail] = smtp_sink.messages()
    assert mail.defects == []
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    arrived = mail.get_body(["plain"]).get_content().replace("\r\n", "\n")
    expected = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    assert arrived.startswith(f"{expected}\n")
    raw = mail.as_bytes()
    assert max(len(line) for line in raw.splitlines()) <= 998
    assert raw.isascii()
