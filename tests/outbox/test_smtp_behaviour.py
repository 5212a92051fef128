"""Whatever a mail server does to a letter, we know what became of it."""

import pytest

from outbox import smtp
from outbox.models import Letter
from outbox.services.sending import send_due
from tests.outbox.scripted import DROP, TAKE

# name: (script, state afterwards, copies the server took, a word of the reason)
# Until the letter has been handed over, nothing but a refusal of the person is the letter's fault.
BEHAVIOURS = {
    "all is well": ({}, "sent", 1, ""),
    "banner takes its time": ({"banner": [(0.5, "220 hello")]}, "sent", 1, ""),
    "banner never comes": ({"banner": [(3, "220 hello")]}, "queued", 0, ""),
    "421 in the banner": ({"banner": ["421 Busy"]}, "queued", 0, ""),
    "554 in the banner": ({"banner": ["554 No service"]}, "queued", 0, ""),
    "line cut at the banner": ({"banner": [DROP]}, "queued", 0, ""),
    "421 at EHLO": ({"ehlo": ["421 Busy", "421 Busy"]}, "queued", 0, ""),
    "line cut at EHLO": ({"ehlo": [DROP]}, "queued", 0, ""),
    "421 at MAIL once": ({"mail": ["421 Too many letters"]}, "sent", 1, ""),
    "451 at MAIL": ({"mail": ["451 Busy"] * 2}, "queued", 0, ""),
    "530 at MAIL": ({"mail": ["530 Sign in first"] * 2}, "queued", 0, ""),
    "line cut at MAIL once": ({"mail": [DROP]}, "sent", 1, ""),
    "line cut at MAIL": ({"mail": [DROP, DROP]}, "queued", 0, ""),
    "421 at RCPT": ({"rcpt": ["421 Closing"]}, "queued", 0, "421 Closing"),
    "450 at RCPT": ({"rcpt": ["450 Greylisted"]}, "queued", 0, "450 Greylisted"),
    "451 at RCPT": ({"rcpt": ["451 Local error"]}, "queued", 0, "451"),
    "452 at RCPT": ({"rcpt": ["452 Mailbox full"]}, "queued", 0, "452"),
    "550 at RCPT": ({"rcpt": ["550 5.1.1 No such person"]}, "failed", 0, "550 5.1.1"),
    "554 at RCPT": ({"rcpt": ["554 Rejected"]}, "failed", 0, "554"),
    "several lines at RCPT": ({"rcpt": ["550-No such\r\n550 person"]}, "failed", 0, "person"),
    "line cut at RCPT": ({"rcpt": [DROP]}, "queued", 0, ""),
    "RCPT is not answered": ({"rcpt": [(3, "250 OK")]}, "queued", 0, "timed out"),
    "nonsense at RCPT": ({"rcpt": ["hello there"]}, "queued", 0, "there"),
    "451 at DATA": ({"data": ["451 Busy"]}, "queued", 0, "451"),
    "554 at DATA": ({"data": ["554 No valid recipients"]}, "failed", 0, "554"),
    "250 at DATA": ({"data": ["250 What?"]}, "queued", 0, "250"),
    "line cut at DATA": ({"data": [DROP]}, "queued", 0, ""),
    "line cut while the letter comes": ({"body": [DROP]}, "handing", 0, ""),
    "452 at the dot": ({"dot": ["452 Disk full"]}, "queued", 0, "452"),
    "421 at the dot": ({"dot": ["421 Closing"]}, "queued", 0, "421"),
    "552 at the dot": ({"dot": ["552 Too big"]}, "failed", 0, "552"),
    "554 at the dot": ({"dot": ["554 Looks like spam"]}, "failed", 0, "554"),
    "line cut before the dot is answered": ({"dot": [DROP]}, "handing", 0, ""),
    "line cut after it was taken": ({"dot": [(TAKE, DROP)]}, "handing", 1, ""),
    "answer to the dot comes late": ({"dot": [(0.5, "250 Taken")]}, "sent", 1, ""),
    "answer to the dot never comes": ({"dot": [(TAKE, 3)]}, "handing", 1, "timed out"),
    "nonsense at the dot": ({"dot": [(TAKE, "hello there")]}, "handing", 1, "there"),
    "QUIT refused": ({"quit": ["421 Closing"]}, "sent", 1, ""),
    "line cut at QUIT": ({"quit": [DROP]}, "sent", 1, ""),
}
ABOUT_THE_SERVER = {
    "banner never comes",
    "421 in the banner",
    "554 in the banner",
    "line cut at the banner",
    "421 at EHLO",
    "line cut at EHLO",
    "451 at MAIL",
    "530 at MAIL",
    "line cut at MAIL",
}


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_server_that_misbehaves(server, letter, now, name):
    script, state, copies, word = BEHAVIOURS[name]
    server.does(**script)
    if name in ABOUT_THE_SERVER:
        with pytest.raises(smtp.Unreachable):
            send_due(now=now)
    else:
        send_due(now=now)
    letter.refresh_from_db()
    assert (letter.state, len(server.taken)) == (state, copies)
    assert word in letter.reason
    if name in ABOUT_THE_SERVER:
        assert (letter.attempt, letter.next_try_at, letter.sender) == (0, now, None)
    assert len(server.recipients) <= max(1, server.connections)


@pytest.mark.parametrize("step", ["rcpt", "data", "dot"])
@pytest.mark.parametrize("reply", ["450 Later", "550 Never", "421 Closing", DROP])
def test_trouble_with_one_letter_is_not_the_next_ones(server, letter_for, now, step, reply):
    letters = [letter_for(f"p{number}@dot.example") for number in range(3)]
    server.does(**{step: [USUAL[step], reply]})
    assert send_due(now=now) == 2
    states = [Letter.objects.get(pk=letter.pk).state for letter in letters]
    assert (states[0], states[2]) == ("sent", "sent")
    in_doubt = reply is DROP and step == "dot"
    assert states[1] == ("handing" if in_doubt else "failed" if reply == "550 Never" else "queued")
    assert len(server.taken) == 2


USUAL = {"rcpt": "250 OK", "data": "354 Go on", "dot": "250 OK"}


def test_server_that_goes_away_costs_no_letter_a_try(server, letter_for, now):
    letters = [letter_for(f"p{number}@dot.example") for number in range(5)]
    server.does(dot=["250 OK", "421 Closing"], banner=["220 hello", "421 Closed"])
    with pytest.raises(smtp.Unreachable, match="421"):
        send_due(now=now)
    rows = [Letter.objects.get(pk=letter.pk) for letter in letters]
    assert [(row.state, row.attempt) for row in rows] == [
        ("sent", 1), ("queued", 1), ("queued", 0), ("queued", 0), ("queued", 0),
    ]  # fmt: skip
    assert [row.next_try_at == now for row in rows[2:]] == [True, True, True]


def test_nobody_listens(letter, now, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(smtp.Unreachable, match="refused"):
        send_due(now=now)
    letter.refresh_from_db()
    assert (letter.state, letter.attempt) == ("queued", 0)


def test_server_without_tls_gets_nothing_when_tls_is_asked_for(server, letter, now, settings):
    settings.EMAIL_USE_TLS = True
    with pytest.raises(smtp.Unreachable, match="STARTTLS"):
        send_due(now=now)
    assert server.taken == []


HOSTILE = [
    "ann@dot.example\r\nBcc: eve@evil.example",
    "ann@dot.example,eve@evil.example",
    "ann@dot.example> RCPT TO:<eve@evil.example",
    "ann eve@dot.example",
    "ann\x00@dot.example",
    "ann",
    "@dot.example",
    "änn@dot.example",
    "ann@dot.example＞,＜eve@evil.example",
    "ann@dot.example(eve@evil.example)",
    "eve@evil.example@dot.example",
]


@pytest.mark.parametrize("address", HOSTILE)
def test_address_that_is_not_one_is_refused(server, letter, now, address):
    # The database cannot hold a zero byte; the rest it would.
    Letter.objects.filter(pk=letter.pk).update(recipient=address.replace("\x00", "\x01"))
    assert send_due(now=now) == 0
    letter.refresh_from_db()
    assert letter.state == "failed"
    assert (server.taken, server.recipients) == ([], [])


NAMES = [
    "Eve\r\nBcc: eve@evil.example",
    "Eve <eve@evil.example>, Ann",
    'O"Brien, Ann\\',
    "Zoë \U0001f642 Ångström " * 3,
    "\x00\x1b[31m‮",
    "a" * 120,
    "",
    # The library would read these as the head's own signs when it folds a line.
    "=?utf-8?q?x=0d=0aBcc:_eve=40evil.example?=",
    "Division <of> Roads, Bridges, Airports and Ferries of the Department of Transportation, West",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_and_subjects_add_no_header(smtp_sink, letter_for, now, name):
    letter = letter_for(headline=f"About {name} and more".replace("\x00", "\x01"))
    Letter.objects.filter(pk=letter.pk).update(recipient_name=name.replace("\x00", "")[:120])
    assert send_due(now=now) == 1
    assert [row["recipient"] for row in smtp_sink.journal] == ["ann@dot.example"]
    [mail] = smtp_sink.messages()
    assert sorted(mail.keys()) == sorted(
        ["Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted",
         "MIME-Version", "Content-Type"]
    )  # fmt: skip
    [to] = mail["To"].addresses
    assert to.addr_spec == "ann@dot.example"


def test_domain_in_another_script_is_written_for_the_wire(smtp_sink, letter, now):
    Letter.objects.filter(pk=letter.pk).update(recipient="ann@bücher.example")
    assert send_due(now=now) == 1
    assert smtp_sink.journal[0]["recipient"] == "ann@xn--bcher-kva.example"
