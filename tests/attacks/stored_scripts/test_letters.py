"""What people write is text in letters too: in mail programs that know no policy, in the lines of a
letter's head, and in the mailbox's pages."""

import re
from collections import Counter
from email import message_from_bytes
from email.utils import getaddresses

import pytest
from django.http import HttpResponse
from django.template import Context
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string

from crm_portal.letters import KINDS
from feedback.models import Action
from outbox import mailbox, rendering
from outbox.models import Letter
from outbox.rendering import Rendered, render, to_bytes
from outbox.smtp import Refused, Smtp
from tests.attacks.stored_scripts import fields
from tests.attacks.stored_scripts.payloads import PAYLOADS
from tests.doors.test_words import letters

pytestmark = pytest.mark.django_db
HEAD = Counter(
    ["Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
     "Content-Type"]
)  # fmt: skip
READER = "reader@dot.example"
NAME = fields.words("outbox.letter.recipient_name", 0)


def written(world, now):
    """(letter, what it says) for each kind, in a world full of payloads."""
    # One of them is about a concern whose actions were all dropped.
    world.mine.concern.actions.filter(state=Action.State.DONE).delete()
    for row in [*vars(world.mine).values(), *world.people.values()]:
        row.refresh_from_db()
    for letter in letters(world, now):
        letter.message_id = f"<{letter.purpose}-{letter.kind}-{letter.details.get('level')}@test>"
        message = import_string(KINDS[letter.purpose, letter.kind].compose)(letter, now=now)
        letter.recipient, letter.recipient_name = READER, NAME
        yield letter, render(letter, message)


def faults_of_head(content, recipient):
    mail = message_from_bytes(content)
    if Counter(mail.keys()) != HEAD:
        yield f"its head holds {mail.keys()}"
    found = [address for _name, address in getaddresses(mail.get_all("To", []))]
    if found != [recipient]:
        yield f"instead of {recipient} it goes to {found}"


def pages_of(rendered):
    """As a mail program opens them."""
    for number, one in enumerate(rendered):
        yield f"/letter/{number}", HttpResponse(one.html), Client()


def test_what_people_write_stays_text_in_letters(
    filled, now, open_viewer, smtp_sink, settings, figure
):
    program, portal = open_viewer(has_policy=False), open_viewer()
    settings.BASE_URL = program.url
    sent, server = list(written(filled, now)), Smtp()
    for letter, rendered in sent:
        content = to_bytes(letter, rendered, now=now)
        server.deliver(recipient=READER, content=content, handing=lambda: True)
    server.close()
    arrived = smtp_sink.messages()
    heads = [fault for mail in arrived for fault in faults_of_head(mail.as_bytes(), READER)]
    marks = {mark for mail in arrived for mark in marks_in(mail)}
    program.show(pages_of(rendered for _letter, rendered in sent))
    portal.show(pages_of_the_mailbox())
    figure(
        f"no dice: {len(sent)} letters of {len({(one.purpose, one.kind) for one, _ in sent})} "
        f"kinds: {len(program.seen):,} (text, payload) in HTML, {len(marks):,} in plain text, "
        f"{len(portal.seen):,} in the mailbox; {len(heads + program.faults + portal.faults)} faults"
    )
    assert {(letter.purpose, letter.kind) for letter, _rendered in sent} == set(KINDS)
    assert len(smtp_sink.journal) == len(arrived) == len(sent)
    assert heads + program.faults + portal.faults == []
    assert min(len(program.seen), len(marks), len(portal.seen)) >= 500


def marks_in(mail):
    return re.findall(r"~\d+\.\d+~", mail.get_body(["plain"]).get_content())


def pages_of_the_mailbox():
    """The list, and some letters, each with its HTML in a frame: that of all is looked at alone."""
    client = Client()
    addresses = [reverse("mailbox:list")]
    addresses += [reverse("mailbox:letter", args=[one.file]) for one in mailbox.arrivals()[:4]]
    return [(address, client.get(address), client) for address in addresses]


def test_a_letter_that_does_not_escape_is_noticed(filled, now, open_viewer, monkeypatch):
    """The negative control."""
    program = open_viewer(has_policy=False)
    with monkeypatch.context() as patch:
        patch.setattr(rendering, "Context", lambda values, **_: Context(values, autoescape=False))
        _letter, rendered = next(written(filled, now))
    program.show(pages_of([rendered]))
    assert any("a script ran" in fault for fault in program.faults)


# ---- One payload alone in the head ---------------------------------------------------------------


def faults_of_heads(now):
    """Each payload as subject line and name, and in an address, which may be refused."""
    for payload in PAYLOADS:
        yield from faults_of_one(Letter(recipient=READER, recipient_name=payload), payload, now)
        for recipient in (payload, f"{payload}@dot.example", f"reader@{payload}"):
            yield from faults_of_one(Letter(recipient=recipient), "Subject", now)


def faults_of_one(letter, headline, now):
    letter.message_id = "<1@test>"
    try:
        content = to_bytes(letter, Rendered(headline, "Text", "<p>HTML</p>"), now=now)
    except Refused:
        return
    except ValueError as error:
        yield f"{letter.recipient}: {error}"
    else:
        yield from faults_of_head(content, letter.recipient)


def test_no_payload_adds_a_line_or_a_reader(office_row, now):
    assert list(faults_of_heads(now)) == []


@pytest.mark.parametrize("guard", ["_printable", "address_on_the_wire"])
def test_a_head_without_its_guard_is_noticed(office_row, now, monkeypatch, guard):
    """The negative control."""
    monkeypatch.setattr(rendering, guard, str)
    assert list(faults_of_heads(now)) != []
