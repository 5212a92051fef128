"""The load: whole requests over new connections, one or eight at once, timed one by one."""

import http.client
import statistics
import threading
import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """What is asked again and again. `path` and `headers` may be functions of the request's
    number; `body(n)` gives the n-th form, for POST. `supply`: so many differ, then it is over."""

    path: object
    headers: object = field(default_factory=dict)
    body: object = None
    ok: tuple = (200,)
    supply: int | None = None

    def parts(self, number):
        """(path, headers, body) of one request."""
        path = self.path(number) if callable(self.path) else self.path
        headers = dict(self.headers(number) if callable(self.headers) else self.headers)
        body = self.body(number) if self.body else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return path, headers, body


class WrongAnswer(Exception):
    pass


class Counter:
    """Numbers requests from 0, for many threads; None after `last`."""

    def __init__(self, supply):
        self.next, self.last = 0, supply
        self.lock = threading.Lock()

    def take(self):
        with self.lock:
            if self.last is not None and self.next >= self.last:
                return None
            self.next += 1
            return self.next - 1


def ask(port, request, number=0):
    """One request; returns (seconds, seconds to the first bytes, bytes of the answer)."""
    path, headers, body = request.parts(number)
    begin = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    connection.request("POST" if body is not None else "GET", path, body, headers)
    answer = connection.getresponse()
    head = answer.read1()
    first = time.perf_counter() - begin
    length = len(head)
    while piece := answer.read(1 << 16):
        length += len(piece)
    connection.close()
    seconds = time.perf_counter() - begin
    if answer.status not in request.ok:
        raise WrongAnswer(f"{path} answered {answer.status}: {head[:300]!r}")
    return seconds, first, length


@dataclass(frozen=True)
class Load:
    """What a load of requests took. Times in milliseconds."""

    p50: float
    p95: float
    per_second: float
    count: int
    size: int


def load(port, request, *, at_once, seconds, counter):
    """Ask for `seconds`, `at_once` at a time, or until the counter has no more numbers."""
    times, sizes, failures = [], [], []
    begin = time.perf_counter()

    def work():
        try:
            while (time.perf_counter() - begin < seconds or not times) and not failures:
                number = counter.take()
                if number is None:
                    return
                took, _first, size = ask(port, request, number)
                times.append(took)
                sizes.append(size)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begin
    if failures:
        raise failures[0]
    return Load(
        p50=statistics.median(times) * 1000,
        p95=p95(times) * 1000,
        per_second=len(times) / took,
        count=len(times),
        size=max(sizes),
    )


def p95(times):
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
