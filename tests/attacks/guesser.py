"""Somebody who tries keys, as fast as the server answers, over a few lines at once."""

import random
import selectors
import socket
from base64 import urlsafe_b64encode
from collections import Counter

END = b"\r\n\r\n"


class Guesser:
    """Tries keys at the doors, seeded, always from one address. Counts the answers by status."""

    def __init__(self, port, *, address, doors, seed):
        self.port = port
        self.doors = doors
        self.dice = random.Random(seed)
        self.rest = f" HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {address}\r\n\r\n"
        self.answers = Counter()

    def key(self):
        """As long and as random as a real one."""
        return urlsafe_b64encode(self.dice.randbytes(32)).rstrip(b"=").decode()

    def one_by_one(self, count):
        """The statuses in order."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            return [self._ask(line) for _ in range(count)]

    def at_once(self, count, *, lines=8, meanwhile=lambda: None):
        """So many guesses over parallel lines; `meanwhile` is called again and again."""
        with selectors.DefaultSelector() as selector:
            for _ in range(lines):
                line = socket.create_connection(("127.0.0.1", self.port), timeout=30)
                selector.register(line, selectors.EVENT_READ)
                self._send(line)
            open_guesses, left = lines, count - lines
            while open_guesses:
                meanwhile()
                ready = selector.select(timeout=30)
                assert ready, "the server answers no more"
                for entry, _events in ready:
                    self._receive(entry.fileobj)
                    if left:
                        left -= 1
                        self._send(entry.fileobj)
                    else:
                        open_guesses -= 1
                        selector.unregister(entry.fileobj)
                        entry.fileobj.close()

    def _ask(self, line):
        self._send(line)
        return self._receive(line)

    def _send(self, line):
        door = self.dice.choice(self.doors)
        line.sendall(f"GET {door}{self.key()}{self.rest}".encode())

    def _receive(self, line):
        """One whole answer."""
        text = b""
        while END not in text:
            text += self._more(line)
        head, _end, body = text.partition(END)
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r")[0])
        while len(body) < length:
            body += self._more(line)
        status = int(head[9:12])
        self.answers[status] += 1
        return status

    @staticmethod
    def _more(line):
        received = line.recv(65536)
        assert received, "the server hung up"
        return received
