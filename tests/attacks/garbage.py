"""Requests as no browser sends them, seeded: each is the same whenever it is made again."""

import json
import random
import re
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urlencode, urljoin, urlsplit

from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

METHODS = ["GET"] * 6 + ["POST"] * 8
METHODS += ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get", "ÄÖ"]
NUMBERS = ["0", "-1", "1e9", "1e309", "NaN", "9" * 30, "9" * 5000, "0x41", "１２", "+1", "1.5",
           "1_0", " 1", "١", *map(str, [2**31, 2**63, 2**63 - 1, -(2**63) - 1])]  # fmt: skip
DATES = ["2027-02-30", "0001-01-01", "9999-12-31", "10000-01-01", "2027-03-14T02:30", "24:00",
         "0000-00-00", "1970-01-01T00:00:00+99:99"]  # fmt: skip
TEXTS = ["", " ", "\x00", "a\x00b", "'", '"', "\\", "' OR 1=1 --", "%", "%00", "_%_", "((", "<->",
         "a & | ! b:*", "{{ 7|add }}", "{% debug %}", "../../etc/passwd", "\r\nX-Injected: 1",
         "\ufffe", "\u202e", "\ud800", "Ω≈ç√", "👩\u200d👩\u200d👧", "İ", "ß" * 300,
         "x" * 70_000, "[]", "null", "__all__", "true", "javascript:alert(1)", "=1+1", "\x1b[31m",
         "\x7f\x80\x9f"]  # fmt: skip
QUERIES = ["page", "sort", "order", "q", "o", "p", "all", "e", "next", "step", "to", "view", "part"]
FORM = "application/x-www-form-urlencoded"
TYPES = [f"{FORM}; charset=utf-7", f"{FORM}; charset=nonsense", "application/json", "text/plain",
         "multipart/form-data", "multipart/form-data; boundary=", "nonsense", "/", "",
         "multipart/form-data; boundary=\xff",
         "multipart/form-data; boundary=" + "b" * 300]  # fmt: skip
HEADERS = {
    "accept-language": ["xx", "*", "de;q=nan", "," * 500, "a" * 3000],
    "hx-request": ["true", "maybe"],
    "hx-target": ["x" * 500, "\x00"],
    "hx-current-url": ["http://[", "javascript:0", "%ff"],
    "x-forwarded-for": ["1.2.3.4, nonsense", "", "::1%eth0", "999.1.1.1"],
    "x-requested-with": ["XMLHttpRequest"],
    "if-modified-since": ["yesterday", "Thu, 01 Jan 9999 99:99:99 GMT"],
    "if-none-match": ['"', "*"],
    "range": ["bytes=-1", "bytes=9-1,x"],
    "referer": ["http://[::1", "\xff", "//"],
    "host": ["", "a b", "[", "x:99999", "xn--", "a" * 300],
    "content-encoding": ["gzip"],
    "accept": ["", "*", "text/html;q=x"],
    "user-agent": ["\xff\x00", "x" * 5000],
}
COOKIES = ["session", "csrf", "messages", "survey", "report_back", "new_password", "x"]


@dataclass
class Garbage:
    """One request; `query` and `body` are bytes or text as the client wants them."""

    method: str
    path: str
    query: str
    body: bytes
    content_type: str
    headers: dict = field(default_factory=dict)
    cookies: dict = field(default_factory=dict)

    def __str__(self):
        body = self.body[:120]
        return (
            f"{self.method} {self.path[:120]}?{self.query[:120]} {self.content_type[:60]} {body} "
            f"{ {name: value[:40] for name, value in (self.headers | self.cookies).items()} }"
        )


class Maker:
    """Makes garbage for the given addresses. `names`: the fields of the form at each path."""

    def __init__(self, seed, addresses, names):
        self.dice = random.Random(seed)
        self.addresses = addresses
        self.names = names

    def make(self):
        address = self.dice.choice(self.addresses)
        names = self.names.get(address, [])
        request = Garbage(
            method=self.dice.choice(METHODS),
            path=self.path(address),
            query=self.query(names) if self.is_seldom(2) else "",
            body=b"",
            content_type="application/octet-stream",
        )
        if request.method not in {"GET", "HEAD"} or self.is_seldom(20):
            request.body, request.content_type = self.body(names)
        if self.is_seldom(4):
            name = self.dice.choice(list(HEADERS))
            request.headers[name] = self.dice.choice(HEADERS[name])
        if self.is_seldom(8):
            request.cookies[self.dice.choice(COOKIES)] = self.cookie()
        return request

    def heaviest(self):
        """For each address, a form with a very large number in each of its fields."""
        for address in self.addresses:
            fields = dict.fromkeys(self.names.get(address, ["page"]), "9" * 30)
            yield Garbage("POST", address, "", *encoded(fields, self.dice))

    def is_seldom(self, times):
        return self.dice.randrange(times) == 0

    def value(self):
        return self.dice.choice(self.dice.choice([NUMBERS, DATES, TEXTS, [self.noise(12)]]))

    def noise(self, length):
        return self.dice.randbytes(length).decode("latin-1")

    def path(self, address):
        """Mostly as it is; else with another number or key in it, or broken somewhere."""
        if not self.is_seldom(3):
            return address
        if self.is_seldom(3):
            place = self.dice.randrange(1, len(address) + 1)
            return address[:place] + quoted(self.value()[:300]).strip("/") + address[place:]
        other = quoted(self.dice.choice([self.value()[:300], str(uuid.UUID(int=0))]))
        return re.sub(r"(?<=/)[\w-]*\d[\w-]*(?=/|$)", lambda _found: other, address)

    def query(self, names):
        known = QUERIES + names
        pairs = [(self.dice.choice(known), self.value()) for _ in range(self.dice.randrange(1, 5))]
        return self.dice.choice(
            [urlencode(pairs, errors="replace"), self.noise(20), "&=;&&%", "%u"]
        )

    def body(self, names):
        data = {name: self.value() for name in names}
        how = self.dice.randrange(8)
        if how < 4:
            return encoded(data, self.dice)
        if how == 4:
            deep = "[" * 3000 if self.is_seldom(2) else json.dumps(data)
            return deep.encode(), "application/json"
        if how == 5:
            many = "&".join(f"{name}={number}" for number in range(400) for name in "abc")
            return many.encode(), FORM
        whole, content_type = multipart(data, self.dice)
        if how == 6:
            return whole, content_type
        broken = bytearray(whole)
        for _ in range(self.dice.randrange(1, 9)):
            broken[self.dice.randrange(len(broken))] = self.dice.randrange(256)
        cut = self.dice.randrange(len(broken))
        return bytes(broken[:cut]), self.dice.choice([content_type, *TYPES])

    def cookie(self):
        return self.dice.choice([self.noise(20), "", '"', "a:b:c", ".eJx:1:x", "\x00", "x" * 5000])


def quoted(text):
    return quote(text, errors="replace", safe="/;:@&=+$,")


def encoded(data, dice):
    """An ordinary form; some of its fields twice."""
    pairs = [(name, value) for name, value in data.items() for _ in range(dice.choice([1, 1, 2]))]
    return urlencode(pairs, errors="replace").encode(), FORM


def multipart(data, dice):
    """A form with a file under one of its names, if it has any."""
    texts = {name: value.encode("utf-8", "replace").decode() for name, value in data.items()}
    whole = encode_multipart(BOUNDARY, texts)
    name = dice.choice([*data, "file"])
    file = dice.choice(["a.csv", "../../x.xlsx", 'a".csv', "\x00", "", "x" * 300 + ".csv"])
    content = dice.choice(
        [b"", b"PK\x03\x04", b"\xff\xfeN\x00", b"\x00" * 500, dice.randbytes(300)]
    )
    part = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        f"Content-Type: text/csv\r\n\r\n"
    )
    return part.encode("utf-8", "replace") + content + b"\r\n" + whole, MULTIPART_CONTENT


class Forms(HTMLParser):
    """Which fields a page's forms send where: `found[path]` is a list of names."""

    def __init__(self, path):
        super().__init__()
        self.path = self.target = path
        self.found = {}

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        if tag == "form":
            self.target = urlsplit(urljoin(self.path, said.get("action") or "")).path
        elif tag in {"input", "select", "textarea", "button"} and said.get("name"):
            names = self.found.setdefault(self.target, [])
            if said["name"] not in names:
                names.append(said["name"])

    def handle_endtag(self, tag):
        if tag == "form":
            self.target = self.path
