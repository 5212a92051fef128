"""The outbox as staff see it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from crm_portal.tick import STEPS
from outbox.models import Letter
from outbox.services import heartbeats, marks, parked, sending
from outbox.services.sending import send_due

MINUTE = dt.timedelta(minutes=1)
LIST = "/outbox/"


@pytest.fixture
def parked_letter(letter_for, now):
    letter = letter_for("paula@dot.example", text="Line one & two.")
    Letter.objects.filter(pk=letter.pk).update(
        state="claimed", sender=1, attempt=1, lease_until=now + marks.LEASE
    )
    Letter.objects.filter(pk=letter.pk).update(state="handing", handed_at=now)
    sending.reap(now=now + 2 * MINUTE)
    letter.refresh_from_db()
    assert letter.state == "parked"
    return letter


@pytest.fixture(autouse=True)
def nobody_to_ask(settings):
    settings.OUTBOX_ASK_FIRST_HOP = ""


def page_of(letter):
    return reverse("outbox:letter", args=[letter.pk])


# ---- Who may look --------------------------------------------------------------------------------

MAY = ["administrator", "cco"]
MAY_NOT = ["lead", "liaison", "officer", "state_cio", "representative", "outsider"]


@pytest.mark.parametrize("who", MAY)
def test_staff_in_charge_see_the_outbox(client, request, parked_letter, who):
    client.force_login(request.getfixturevalue(who))
    for url in (LIST, page_of(parked_letter), f"{page_of(parked_letter)}preview/"):
        assert client.get(url).status_code == 200


@pytest.mark.parametrize("who", MAY_NOT)
def test_others_do_not(client, request, parked_letter, who):
    client.force_login(request.getfixturevalue(who))
    for url in (LIST, page_of(parked_letter), f"{page_of(parked_letter)}preview/"):
        assert client.get(url).status_code == 403
    for verb in ("send-again", "drop"):
        url = f"{page_of(parked_letter)}{verb}/"
        assert client.post(url, {"reason": "x"}).status_code == 403
    parked_letter.refresh_from_db()
    assert parked_letter.state == "parked"


def test_strangers_are_asked_to_sign_in(client, office_row, parked_letter):
    for url in (LIST, page_of(parked_letter)):
        assert client.get(url).status_code == 302


def test_letter_that_is_not_there(client, cco):
    client.force_login(cco)
    assert client.get("/outbox/999999/").status_code == 404


# ---- The list ------------------------------------------------------------------------------------


def test_list_says_what_waits_and_what_needs_a_decision(client, cco, letter_for, parked_letter):
    client.force_login(cco)
    letter_for("late@dot.example", at=timezone.now() - MINUTE)
    letter_for("soon@dot.example", at=timezone.now() + MINUTE)
    page = client.get(LIST)
    assert (
        "2 waiting, 1 of them due now; 1 to be decided, 0 refused lately." in page.content.decode()
    )
    assert list(page.context["parked"]) == [parked_letter]


def test_list_shows_what_was_refused_until_a_month_is_over(client, cco, letter_for):
    client.force_login(cco)
    lately, long_ago = letter_for("lately@dot.example"), letter_for("before@dot.example")
    for letter, days in ((lately, 29), (long_ago, 31)):
        Letter.objects.filter(pk=letter.pk).update(
            state="failed",
            reason="550 5.1.1 No such person",
            done_at=timezone.now() - dt.timedelta(days=days),
        )
    page = client.get(LIST)
    assert list(page.context["refused"]) == [lately]
    assert page.context["counts"]["refused"] == 1
    assert "550 5.1.1 No such person" in page.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["ann", "bob", "paula"]),
        ("to=BOB", ["bob"]),
        ("to=Ann+Example", ["ann", "bob", "paula"]),
        ("state=parked", ["paula"]),
        ("state=queued", ["ann", "bob"]),
        ("kind=test/urgent", ["bob"]),
        ("since=2027-03-03&until=2027-03-03", ["ann", "bob", "paula"]),
        ("since=2027-03-04", []),
        ("page=999", ["ann", "bob", "paula"]),
        ("page=x", ["ann", "bob", "paula"]),
    ],
)
def test_list_can_be_narrowed(client, cco, letter_for, parked_letter, query, found):
    client.force_login(cco)
    letter_for("ann@dot.example")
    letter_for("bob@dot.example", kind="urgent")
    page = client.get(f"{LIST}?{query}")
    assert page.status_code == 200
    assert sorted(row.recipient.partition("@")[0] for row in page.context["page"]) == found


@pytest.mark.parametrize("query", ["state=nonsense", "since=yesterday", "kind=a", "to=%00%ff"])
def test_list_bears_nonsense(client, cco, letter, query):
    client.force_login(cco)
    assert client.get(f"{LIST}?{query}").status_code == 200


def test_list_says_when_nothing_can_be_sent(client, cco, now):
    client.force_login(cco)
    heartbeats.record(step="outbox.services.sending.send_due", now=now, error="Unreachable('x')")
    assert "Unreachable(&#x27;x&#x27;)" in client.get(LIST).content.decode()


# ---- One letter ----------------------------------------------------------------------------------


def test_page_shows_what_was_sent_without_its_keys(
    client, cco, letter_for, smtp_sink, now, settings
):
    letter = letter_for(text=f"Your link: {settings.BASE_URL}/s/SeCrEt")
    send_due(now=now)
    client.force_login(cco)
    page = client.get(page_of(letter)).content.decode()
    assert f"Your link: {settings.BASE_URL}/s/…" in page
    preview = client.get(f"{page_of(letter)}preview/")
    assert f"{settings.BASE_URL}/s/…" in preview.content.decode()
    for shown in (page, preview.content.decode()):
        assert "SeCrEt" not in shown
    assert "sandbox" in preview["Content-Security-Policy"]
    assert "script-src" not in preview["Content-Security-Policy"]


def test_page_of_a_letter_that_would_not_be_written(client, cco, letter_for):
    client.force_login(cco)
    for letter in (letter_for(unwanted="Has answered."), letter_for(kind="broken_template")):
        assert "It would not be written any more." in client.get(page_of(letter)).content.decode()
        assert client.get(f"{page_of(letter)}preview/").status_code == 200


# ---- Decisions -----------------------------------------------------------------------------------


def test_parked_letter_is_sent_again_by_a_person(client, cco, parked_letter, smtp_sink):
    client.force_login(cco)
    url = reverse("outbox:send_again", args=[parked_letter.pk])
    assert client.get(url).status_code == 405
    assert client.post(url).url == page_of(parked_letter)
    parked_letter.refresh_from_db()
    assert (parked_letter.state, parked_letter.attempt) == ("queued", 0)
    send_due(now=timezone.now() + MINUTE)
    assert [row["message_id"] for row in smtp_sink.journal] == [parked_letter.message_id]
    story = [
        (entry.what, entry.who) for entry in client.get(page_of(parked_letter)).context["history"]
    ]
    assert ("Sent again by a person's decision", cco.name) in story


def test_parked_letter_is_dropped_for_a_reason(client, cco, parked_letter):
    client.force_login(cco)
    url = reverse("outbox:drop", args=[parked_letter.pk])
    empty = client.post(url, {"reason": " "})
    assert empty.status_code == 422
    parked_letter.refresh_from_db()
    assert parked_letter.state == "parked"
    assert client.post(url, {"reason": "I phoned <her>."}).status_code == 302
    parked_letter.refresh_from_db()
    assert (parked_letter.state, parked_letter.reason) == ("cancelled", "I phoned <her>.")
    story = client.get(page_of(parked_letter)).context["history"]
    assert [(entry.who, entry.text) for entry in story if entry.what == "Not sent"] == [
        (cco.name, "I phoned <her>.")
    ]


def test_second_decision_is_told_that_it_comes_late(client, cco, parked_letter):
    client.force_login(cco)
    parked.drop(letter=parked_letter, reason="Phoned.", by=cco, now=timezone.now())
    page = client.post(reverse("outbox:send_again", args=[parked_letter.pk]), follow=True)
    assert "waits for no decision any more" in page.content.decode()
    page = client.post(
        reverse("outbox:drop", args=[parked_letter.pk]), {"reason": "Again."}, follow=True
    )
    assert "waits for no decision any more" in page.content.decode()
    parked_letter.refresh_from_db()
    assert (parked_letter.state, parked_letter.reason) == ("cancelled", "Phoned.")


def test_refused_letter_may_be_sent_again(client, cco, letter, smtp_sink, now):
    smtp_sink.behave("rcpt", "550 No such person", times=1)
    send_due(now=now)
    client.force_login(cco)
    client.post(reverse("outbox:send_again", args=[letter.pk]))
    send_due(now=timezone.now() + MINUTE)
    letter.refresh_from_db()
    assert letter.state == "sent"


# ---- Health --------------------------------------------------------------------------------------


@pytest.fixture
def ticked(db):
    def tick(ago=dt.timedelta(0)):
        for step in STEPS:
            heartbeats.record(step=step, now=timezone.now() - ago)

    return tick


def test_healthy_portal_says_so_to_anybody(client, ticked):
    ticked()
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ok": True,
        "database": True,
        "last_tick_seconds": 0,
        "oldest_due_letter_seconds": 0,
        "last_tick_ahead_seconds": 0,
    }


def test_health_is_red_when_the_last_tick_lies_in_the_future(client, ticked):
    ticked(-MINUTE)
    assert client.get("/healthz").status_code == 200
    ticked(-360 * MINUTE)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["last_tick_ahead_seconds"] in range(359 * 60, 360 * 60 + 1)


def test_health_is_red_before_the_first_tick_and_when_ticks_stop(client, db, ticked):
    assert client.get("/healthz").status_code == 503
    ticked(4 * MINUTE)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["last_tick_seconds"]) == (503, 240)


def test_health_is_red_when_one_step_keeps_failing(client, ticked):
    ticked(4 * MINUTE)
    for step in STEPS:
        error = "boom" if step == STEPS[0] else ""
        heartbeats.record(step=step, now=timezone.now(), error=error)
    assert client.get("/healthz").status_code == 503


def test_health_is_red_when_a_due_letter_waits(client, ticked, letter_for):
    ticked()
    letter_for(at=timezone.now() - 4 * MINUTE)
    assert client.get("/healthz").status_code == 200
    letter_for(at=timezone.now() - 6 * MINUTE)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["oldest_due_letter_seconds"]) == (503, 360)


def test_health_needs_no_known_host(client, ticked, settings):
    ticked()
    settings.ALLOWED_HOSTS = ["portal.example"]
    assert client.get("/healthz", headers={"host": "10.0.0.7"}).status_code == 200


def test_health_without_a_database(client, monkeypatch):
    from django.db import OperationalError

    from outbox import queries

    def gone(now):
        raise OperationalError("password=hunter2 host=10.0.0.9")

    monkeypatch.setattr(queries, "health", gone)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"ok": False, "database": False})
