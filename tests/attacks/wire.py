"""Broken HTTP, seeded, straight onto a server's line."""

import random
import re
import socket

LINES = [
    b"", b"GET", b"GET /", b"GET / HTTP/9.9", b"GET / HTTP/0.9", b"GET\t/\tHTTP/1.1",
    b"\x16\x03\x01", b"PRI * HTTP/2.0", b"CONNECT localhost:80 HTTP/1.1",
    b"GET http://elsewhere/ HTTP/1.1",
    b"OPTIONS * HTTP/1.1", b"GET /%zz%ff%00 HTTP/1.1", b"GET /\xff\xfe HTTP/1.1",
    b"GET /" + b"a" * 9000 + b" HTTP/1.1", b"G" * 500 + b" / HTTP/1.1", b"GET //\\..\\ HTTP/1.1",
    b"GET /s/%2e%2e/%2e%2e HTTP/1.1", b"POST /accounts/login/ HTTP/1.1", b"GET /sw.js HTTP/1.1",
    b"POST /s/x HTTP/1.1", b"GET /static/../manage.py HTTP/1.1", b"HEAD /static/%00 HTTP/1.1",
]  # fmt: skip
HEADERS = [
    b"Content-Length: -1", b"Content-Length: 5, 6", b"Content-Length: 1e3", b"Content-Length: 999",
    b"Content-Length: " + b"9" * 40, b"Transfer-Encoding: chunked", b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: gzip, chunked", b"Content-Length: 4\r\nContent-Length: 5", b": nothing",
    b"No colon at all", b" folded: on", b"X: \x00\x01\x7f", b"X" * 9000 + b": x", b"Expect: x",
    b"Expect: 100-continue", b"Connection: upgrade\r\nUpgrade: websocket",
    b"Cookie: session=\xff;;=", b"X-Forwarded-For: , ,", b"X-Forwarded-For: x",
    b"Range: bytes=0-,-1", b"Accept-Encoding: \xff",
    b"\r\n".join(b"X-%d: x" % number for number in range(150)),
]  # fmt: skip
BODIES = [b"", b"0\r\n\r\n", b"zz\r\nabc\r\n", b"-5\r\nabc", b"\x00" * 2000, b"a=b", b"5\r\nab"]
STATUS = re.compile(rb"HTTP/1\.\d (\d{3})")


def broken_request(dice):
    """Parts that do not fit together, and now and then some bytes exchanged or the end missing."""
    headers = dice.sample(HEADERS, dice.randrange(3))
    if dice.randrange(4):
        headers.append(b"Host: localhost")
    text = b"\r\n".join([dice.choice(LINES), *headers, b"", dice.choice(BODIES)])
    if dice.randrange(3) == 0:
        broken = bytearray(text)
        for _ in range(dice.randrange(1, 6)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        text = bytes(broken)
    if dice.randrange(6) == 0:
        text = text[: dice.randrange(len(text))]
    return text


def send_broken(port, *, count, seed, lines=8):
    """So many broken requests, some at once. Returns the first status of each answer, 0 where the
    server hung up without one."""
    dice, statuses = random.Random(seed), []
    for begun in range(0, count, lines):
        open_lines = [asked(port, broken_request(dice)) for _ in range(min(lines, count - begun))]
        statuses += [answer_of(line) for line in open_lines]
    return statuses


def asked(port, request):
    line = socket.create_connection(("127.0.0.1", port), timeout=30)
    try:
        line.sendall(request)
        # Nothing more will come: a server that waits for the rest need not wait long.
        line.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    return line


def answer_of(line):
    received = b""
    with line:
        try:
            while len(received) < 64 and (more := line.recv(4096)):
                received += more
        except ConnectionResetError:
            pass
    found = STATUS.match(received)
    return int(found[1]) if found else 0
