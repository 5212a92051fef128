"""Reads the folder in which the demo's mail server keeps what it took.

A journal has a line per letter in the order of arrival; each letter is a file beside it.
"""

import email.parser
import email.policy
import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.http import Http404

NAME = re.compile(r"[0-9T.]+-[0-9a-f]+\.eml")


@dataclass(frozen=True)
class Arrival:
    """One letter that the mail server took."""

    file: str
    time: datetime
    recipient: str

    @property
    def subject(self):
        return str(_parsed(self.file, headers_only=True).get("Subject", ""))


@dataclass(frozen=True)
class Opened:
    """One letter as its reader gets it."""

    subject: str
    sender: str
    recipient: str
    date: datetime | None
    text: str
    html: str


def arrivals(recipient=""):
    """What has arrived, the newest first; only for addresses that contain `recipient`."""
    journal = Path(settings.MAILBOX_DIR) / "journal.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines(True) if journal.exists() else []
    wanted = recipient.strip().lower()
    # A last line without its end is still being written.
    rows = (json.loads(line) for line in reversed(lines) if line.endswith("\n"))
    return [
        Arrival(row["file"], datetime.fromisoformat(row["time"]), row["recipient"])
        for row in rows
        if wanted in row["recipient"].lower()
    ]


def open_letter(name):
    """The letter of this name, or 404. No other file can be named."""
    if not NAME.fullmatch(name) or not (Path(settings.MAILBOX_DIR) / name).is_file():
        raise Http404
    mail = _parsed(name)
    return Opened(
        subject=str(mail.get("Subject", "")),
        sender=str(mail.get("From", "")),
        recipient=str(mail.get("To", "")),
        date=mail["Date"].datetime if mail["Date"] else None,
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
    )


def _parsed(name, *, headers_only=False):
    content = (Path(settings.MAILBOX_DIR) / name).read_bytes()
    parser = email.parser.BytesParser(policy=email.policy.default)
    return parser.parsebytes(content, headersonly=headers_only)


def _part(mail, kind):
    part = mail.get_body([kind])
    return part.get_content() if part is not None else ""
