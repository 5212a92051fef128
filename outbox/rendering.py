"""A letter as it goes out: headers, text and HTML. And as it may be shown and kept: no links."""

import re
from binascii import b2a_qp
from dataclasses import dataclass
from email.header import Header
from email.utils import format_datetime, parseaddr, quote

from django.conf import settings
from django.template import Context, Engine

from accounts import office as offices
from accounts.vocabulary import words
from outbox.smtp import address_on_the_wire

# What a name may hold without being quoted.
_ATOMS = re.compile(r"[\w' -]+", re.ASCII)


@dataclass(frozen=True)
class Rendered:
    """`headline`: the subject line. `text` and `html`: the two parts."""

    headline: str
    text: str
    html: str


def render(letter, message):
    """Fill the templates of a composed letter."""
    context = {
        "office": offices.current(),
        "words": words(),
        "recipient_name": letter.recipient_name,
        "base_url": settings.BASE_URL,
        "subject": headline_of(message),
        **message.context,
    }
    # Text is not HTML: an apostrophe stays one, whatever the template says.
    engine = Engine.get_default()
    text = engine.get_template(f"{message.template}.txt").render(Context(context, autoescape=False))
    html = engine.get_template(f"{message.template}.html").render(Context(context))
    return Rendered(headline_of(message), f"{text.strip()}\n", html)


def headline_of(message):
    """The subject line: one line, whatever an agency is called."""
    return " ".join(str(message.subject).split())[:300]


def to_bytes(letter, rendered, *, now):
    """The letter as bytes for the mail server: one recipient, the Message-ID of its promise.

    Raises `smtp.Refused` when the recipient's address is not one. It is put together by hand: the
    library's way takes many times as long, and once it folds a line of the head, it reads what
    people wrote there as the head's own signs.
    """
    recipient = _address("To", letter.recipient_name, address_on_the_wire(letter.recipient))
    boundary = f"=_{letter.message_id.strip('<>').partition('@')[0]}"
    head = [
        f"Subject: {_words('Subject', rendered.headline)}",
        f"From: {_from()}",
        f"To: {recipient}",
        f"Date: {format_datetime(now)}",
        f"Message-ID: {letter.message_id}",
        # Asks holiday notices and the like not to answer (RFC 3834).
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"',
    ]
    return b"".join(
        [
            "\r\n".join([*head, "", ""]).encode("ascii"),
            _part("plain", rendered.text, boundary),
            _part("html", rendered.html, boundary),
            f"--{boundary}--\r\n".encode(),
        ]
    )


def _part(kind, text, boundary):
    head = (
        f'--{boundary}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    lines = re.sub(r"\r\n|\r|\n", "\r\n", text).encode()
    return head.encode() + b2a_qp(lines) + b"\r\n"


def _from():
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return _address("From", name or offices.current().name, address)


def _address(header, name, address):
    """On two lines, however long the two are."""
    name = _printable(name)
    if not name:
        return address
    if not _is_plain(name):
        name = _encoded(header, name)
    elif not _ATOMS.fullmatch(name):
        name = f'"{quote(name)}"'
    return f"{name}\r\n <{address}>"


def _words(header, text):
    text = _printable(text)
    return text if _is_plain(text) else _encoded(header, text)


def _is_plain(text):
    """Whether a header may hold it as it is: on one line, and no part of it looks encoded."""
    return text.isascii() and "=?" not in text and len(text) <= 300


def _encoded(header, text):
    """The text in pieces that mean nothing to a header, each on a line (RFC 2047)."""
    return Header(text, "utf-8", header_name=header).encode(linesep="\r\n")


def _printable(text):
    """Without what could end a header or hide in it."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def without_links(text):
    """The same text, with every address of the portal cut after its first step.

    A personal link is a key; what the outbox shows and keeps must not open anything.
    """
    return re.sub(rf"({re.escape(settings.BASE_URL)}/[\w-]*)[^\s<>\"')]*", _cut, text)


def _cut(match):
    return match[0] if match[0] in (match[1], f"{match[1]}/") else f"{match[1]}/…"
