"""Figures: an operation under load, or a piece of work done again and again."""

import statistics
import time
from dataclasses import dataclass

from bench.client import Counter, ask, load, p95
from bench.servers import busy_seconds, cpu_seconds, memory, own_seconds

# While others use more than this of a core, clocks say little and only CPU time decides.
QUIET = 0.1


@dataclass(frozen=True)
class Line:
    """One line of the table; None where a column makes no sense.

    Milliseconds, except `sql` (statements of one request), `rate` and `rate8` (a second, with one
    and with eight at once), `kilobytes`, `megabytes` (the larger worker's memory), `sessions`
    (of mail) and `others` (cores that others used meanwhile). `cpu`: web and PostgreSQL together,
    for one request. `first`: until the first bytes came.
    """

    key: str
    name: str
    size: str
    count: int
    p50: float | None = None
    p95: float | None = None
    cpu: float | None = None
    sql: float | None = None
    rate: float | None = None
    p50_at_8: float | None = None
    rate8: float | None = None
    kilobytes: float | None = None
    megabytes: float | None = None
    others: float | None = None
    first: float | None = None
    sessions: int | None = None


class Meanwhile:
    """What we and what others used between entering and leaving."""

    def __init__(self, *pids):
        self.pids = pids

    def __enter__(self):
        self.began = time.perf_counter()
        self.ours = cpu_seconds(*self.pids)
        self.own, self.all = own_seconds(), busy_seconds()
        return self

    def __exit__(self, *_failure):
        self.seconds = time.perf_counter() - self.began
        self.cpu = cpu_seconds(*self.pids) - self.ours
        ours = self.cpu + own_seconds() - self.own
        self.others = max(0.0, busy_seconds() - self.all - ours) / self.seconds


class Meter:
    """Measures against one web server and its database."""

    def __init__(self, *, port, web, database, statements, size, seconds):
        self.port, self.web = port, web
        self.pids = (web.pid, database.pid)
        self.statements = statements
        self.size = size
        self.seconds = seconds
        self.counter = Counter(0)

    @property
    def asked(self):
        """How many requests the last line took, all of them."""
        return self.counter.next

    def __call__(self, key, name, request):
        counter = self.counter = Counter(request.supply)
        # Both workers have their code and connections ready before anything counts.
        for at_once in (1, 8):
            load(self.port, request, at_once=at_once, seconds=0.15, counter=counter)
        sql = self.statements.during(lambda: ask(self.port, request, counter.take()))
        if request.supply is not None:
            counter.last = (counter.next + request.supply) // 2
        with Meanwhile(*self.pids) as used:
            alone = load(self.port, request, at_once=1, seconds=self.seconds, counter=counter)
        counter.last = request.supply
        eight = load(self.port, request, at_once=8, seconds=self.seconds, counter=counter)
        return report(
            Line(
                key=key,
                name=name,
                size=self.size,
                count=alone.count,
                p50=alone.p50,
                p95=alone.p95,
                cpu=used.cpu / alone.count * 1000,
                sql=sql,
                rate=alone.per_second,
                p50_at_8=eight.p50,
                rate8=eight.per_second,
                kilobytes=alone.size / 1000,
                megabytes=memory(self.web),
                others=used.others,
            )
        )


def repeat(key, name, work, *, times, size, database, sql=None):
    """A Line for work in this process, done `times` times."""
    work()
    took = []
    with Meanwhile(database) as used:
        own = time.process_time()
        for _time in range(times):
            begin = time.perf_counter()
            work()
            took.append(time.perf_counter() - begin)
        own = time.process_time() - own
    return Line(
        key=key,
        name=name,
        size=size,
        count=times,
        p50=statistics.median(took) * 1000,
        p95=p95(took) * 1000,
        cpu=(used.cpu + own) / times * 1000,
        sql=sql,
        rate=times / sum(took),
        others=used.others,
    )


def report(line):
    """Say that a figure is there; returns it."""
    figures = [f"{line.key:9} {line.name:48} {line.size:6}"]
    figures += [f"{line.sql:5.0f} sql" if line.sql is not None else ""]
    figures += [f"{line.p50:8.1f} ms" if line.p50 is not None else ""]
    figures += [f"{line.cpu:8.2f} ms cpu" if line.cpu is not None else ""]
    figures += [f"{line.rate8:6.0f}/s" if line.rate8 is not None else ""]
    figures += [f"{line.megabytes:5.0f} MB" if line.megabytes is not None else ""]
    print(" ".join(figures), flush=True)
    return line
