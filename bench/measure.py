"""One line of the table: an operation under load."""

import itertools
from dataclasses import dataclass

from bench.client import ask, load
from bench.servers import cpu_seconds


@dataclass
class Line:
    """Milliseconds, except `sql` (statements of one request), `rate8` (requests a second with
    eight at once) and `kilobytes`. `cpu`: web and PostgreSQL together, per request."""

    key: str
    name: str
    size: str
    sql: int
    p50: float
    p95: float
    cpu: float
    p50_at_8: float
    rate8: float
    kilobytes: float
    count: int


class Meter:
    """Measures against one web server and its database."""

    def __init__(self, *, port, web, database, statements, size, seconds):
        self.port = port
        self.processes = (web, database)
        self.statements = statements
        self.size = size
        self.seconds = seconds
        self.counter = itertools.count(1)

    def __call__(self, key, name, request):
        # Both workers have their code and connections ready before anything counts.
        for _warm in range(6):
            ask(self.port, request, next(self.counter))
        sql, _ms = self.statements.during(lambda: ask(self.port, request, next(self.counter)))
        before = cpu_seconds(*self.processes)
        alone = load(self.port, request, at_once=1, seconds=self.seconds, counter=self.counter)
        used = cpu_seconds(*self.processes) - before
        eight = load(self.port, request, at_once=8, seconds=self.seconds, counter=self.counter)
        line = Line(
            key=key,
            name=name,
            size=self.size,
            sql=sql,
            p50=alone.p50,
            p95=alone.p95,
            cpu=used / alone.count * 1000,
            p50_at_8=eight.p50,
            rate8=eight.per_second,
            kilobytes=alone.size / 1000,
            count=alone.count,
        )
        print(f"{key:5} {name:44} {line.sql:3} sql {line.p50:7.1f} ms {line.cpu:7.1f} ms cpu")
        return line
