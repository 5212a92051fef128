"""The demo's mail server: takes every letter and keeps it as a file that the mailbox page shows.

A folder holds one `.eml` a letter and `journal.jsonl`, one line per recipient in the order of
arrival: `time`, `sender`, `recipient`, `message_id`, `file`. The line is there before the sender
hears "250": a letter that is not in the journal was not taken.
"""

import argparse
import asyncio
import email.parser
import email.policy
import json
import logging
import os
import signal
import socket
import uuid
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP

JOURNAL = "journal.jsonl"
# The library tells of every line of every conversation.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class Mailbox:
    """The folder. Readers never see half a letter."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.journal = self.folder / JOURNAL
        self.folder.mkdir(parents=True, exist_ok=True)

    def keep(self, content, *, sender, recipients):
        now = datetime.now(UTC)
        name = f"{now:%Y%m%dT%H%M%S.%f}-{uuid.uuid4().hex[:8]}.eml"
        partial = self.folder / f".{name}"
        partial.write_bytes(content)
        partial.replace(self.folder / name)
        lines = "".join(
            json.dumps(
                {
                    "time": now.isoformat(),
                    "sender": sender,
                    "recipient": recipient,
                    "message_id": message_id_of(content),
                    "file": name,
                }
            )
            + "\n"
            for recipient in recipients
        )
        # One write of whole lines: a reader beside us never sees half a line of another letter.
        with self.journal.open("a", encoding="utf-8") as journal:
            journal.write(lines)

    def read(self, name):
        """One letter, parsed."""
        parser = email.parser.BytesParser(policy=email.policy.default)
        return parser.parsebytes((self.folder / name).read_bytes())

    def rows(self):
        """The journal, oldest first. A last line that is still being written is left out."""
        if not self.journal.exists():
            return []
        lines = self.journal.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]


def message_id_of(content):
    parser = email.parser.BytesParser(policy=email.policy.compat32)
    return str(parser.parsebytes(content, headersonly=True).get("Message-ID", "")).strip()


def has_taken(message_id):
    """Whether the mail server took a letter: the outbox asks when its sender died in between."""
    from django.conf import settings

    wanted = message_id.strip("<> ")
    rows = Mailbox(settings.MAILBOX_DIR).rows()
    return any(row["message_id"].strip("<>") == wanted for row in rows)


class TakeAll:
    """What the server does with a letter."""

    def __init__(self, mailbox):
        self.mailbox = mailbox

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 (the library's name)
        self.mailbox.keep(envelope.content, sender=envelope.mail_from, recipients=envelope.rcpt_tos)
        return "250 Message accepted for delivery"

    async def handle_exception(self, error):
        # A full disk passes; a 500 would tell the sender never to try again.
        return f"451 Local error: {type(error).__name__}"


async def serve(listener, handler):
    """A server on a bound socket; the caller closes it."""
    loop = asyncio.get_running_loop()

    def protocol():
        # Named: the default asks the resolver for our full name, which may take seconds.
        return SMTP(handler, hostname="localhost", enable_SMTPUTF8=True, loop=loop)

    return await loop.create_server(protocol, sock=listener)


async def serve_until_stopped(listener, folder):
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    server = await serve(listener, TakeAll(Mailbox(folder)))
    await stopped.wait()
    server.close()


def main():
    parser = argparse.ArgumentParser(description="Take every letter and keep it in a folder.")
    parser.add_argument("--listener", type=int, required=True, help="number of a bound socket")
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    os.umask(0o077)
    asyncio.run(serve_until_stopped(socket.socket(fileno=options.listener), options.folder))


if __name__ == "__main__":
    main()
