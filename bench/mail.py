"""A mail server that takes everything and writes down only how often: `python -m bench.mail`.

Its file holds a line per conversation ("hello") and per letter ("letter", recipient, Message-ID).
"""

import asyncio
import socket
import sys
from collections import Counter
from dataclasses import dataclass

from crm_portal.embedded.mail import message_id_of, serve


class Counting:
    def __init__(self, file):
        self.file = file

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        self.file.write("hello\n")
        return responses

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 (the library's name)
        # The whole letter is here; what it says is of no interest.
        for recipient in envelope.rcpt_tos:
            self.file.write(f"letter {recipient} {message_id_of(envelope.content)}\n")
        self.file.flush()
        return "250 Message accepted for delivery"


@dataclass(frozen=True)
class Taken:
    conversations: int
    letters: int
    doubled: int


def taken(path):
    """What a server has written down so far."""
    lines = path.read_text().splitlines()
    letters = Counter(line for line in lines if line.startswith("letter "))
    return Taken(
        conversations=lines.count("hello"),
        letters=letters.total(),
        doubled=letters.total() - len(letters),
    )


async def main(port, path):
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=512)
    with open(path, "w", encoding="utf-8") as file:
        await serve(listener, Counting(file))
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
