"""The load: whole requests over new connections, one or eight at once, timed one by one."""

import http.client
import statistics
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Request:
    """What is asked again and again. `body(n)` gives the n-th request's form, for POST."""

    path: str
    headers: dict = field(default_factory=dict)
    body: object = None
    ok: tuple = (200,)


class WrongAnswer(Exception):
    pass


def ask(port, request, number=0):
    """One request; returns (seconds, bytes of the answer)."""
    path = request.path.format(n=number)
    body = request.body(number) if request.body else None
    headers = dict(request.headers)
    if body is not None:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    begin = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST" if body is not None else "GET", path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    seconds = time.perf_counter() - begin
    if answer.status not in request.ok:
        raise WrongAnswer(f"{path} answered {answer.status}: {content[:200]!r}")
    return seconds, len(content)


@dataclass
class Load:
    """What a load of requests took. Times in milliseconds."""

    p50: float
    p95: float
    per_second: float
    count: int
    size: int


def load(port, request, *, at_once, seconds, counter):
    """Ask for `seconds`, `at_once` at a time; `counter` numbers requests that must differ."""
    times, sizes, failures = [], [], []
    end = time.perf_counter() + seconds

    def work():
        try:
            while time.perf_counter() < end or not times:
                took, size = ask(port, request, next(counter))
                times.append(took)
                sizes.append(size)
        except Exception as error:
            failures.append(error)

    begin = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begin
    if failures:
        raise failures[0]
    times.sort()
    return Load(
        p50=statistics.median(times) * 1000,
        p95=times[int(len(times) * 0.95)] * 1000,
        per_second=len(times) / took,
        count=len(times),
        size=max(sizes),
    )
