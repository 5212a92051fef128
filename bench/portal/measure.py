"""G1 to G9 against one size of data."""

import contextlib
import json
import time
from pathlib import Path

from bench import mail, servers
from bench.client import ask
from bench.measure import Line, Meanwhile, Meter, report
from bench.portal.requests import Requests
from bench.portal.sizes import SIZES
from bench.servers import Statements, peak_memory

DATA = Path(__file__).parent / "data.sql"
MORE_DUE = Path(__file__).parent / "due.sql"
REMINDED = Path(__file__).parent / "reminded.sql"
LETTERS = 1000


class WrongCount(Exception):
    """What was asked for did not happen."""


class Portal:
    """One portal with its own database, filled to a size."""

    def __init__(self, run, size):
        self.run, self.size = run, size
        self.numbers = {**SIZES[size], "now": "now()", "seed": run.seed}
        name = f"portal_{size}"
        if run.server.create_database("portal"):
            env = self.environment("portal")
            servers.run(env, "manage.py", "migrate", "--verbosity=0")
            servers.run(env, "manage.py", "collectstatic", "--noinput", "--verbosity=0")
        with run.server.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE portal")
        self.env = self.environment(name)
        self.connection = run.server.connect(name)

    def environment(self, database):
        return {
            "PORTAL_ENV": "demo",
            "PORTAL_VAR": str(self.run.folder),
            "DATABASE_URL": self.run.server.url(database),
            "BASE_URL": "http://127.0.0.1",
            "REDIS_URL": self.run.broker,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.run.mail}",
        }

    def inside(self, step, *words):
        """Do a step of `bench.portal.process`; returns what it found."""
        printed = servers.run(self.env, "-m", "bench.portal.process", step, *map(str, words))
        return json.loads(printed.splitlines()[-1])

    def fill(self):
        begin = time.perf_counter()
        self.connection.execute(DATA.read_text() % self.numbers)
        self.connection.execute("VACUUM ANALYZE")
        facts = self.inside("prepare")
        self.connection.execute("VACUUM ANALYZE")
        self.connection.execute("CHECKPOINT")
        print(f"{self.size} data in {time.perf_counter() - begin:.0f} s", flush=True)
        return Requests(facts, agencies=self.numbers["agencies"], seed=self.run.seed)

    def web(self):
        return servers.web("crm_portal.wsgi", self.env, self.run.folder / f"{self.size}.log")

    def count(self, table):
        return self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def measure(run, size):
    """Fill a portal and measure each operation; returns the lines."""
    portal = Portal(run, size)
    with contextlib.closing(portal.connection):
        requests = portal.fill()
        lines = memory_and_export(portal, requests)
        lines += web_lines(portal, requests)
        lines += letters(portal)
        if size != "small":
            lines += due(portal)
        return lines


def memory_and_export(portal, requests):
    """Workers that have just started show what a page needs at most."""
    results = {key: page for key, _name, page in requests.pages()}["G6"]
    with portal.web() as (port, process):
        for _time in range(10):
            ask(port, results)
        after_results = peak_memory(process)
    with portal.web() as (port, process):
        took = []
        with Meanwhile(process.pid, portal.run.process.pid) as used:
            counted = Statements(portal.connection).during(
                lambda: took.extend(ask(port, requests.export()))
            )
        seconds, first, length = took
        after_export = peak_memory(process)
    return [
        report(
            Line("G6m", "a worker's peak memory after it", portal.size, 10, megabytes=after_results)
        ),
        report(
            Line(
                "G6x",
                f"export of {portal.numbers['responses']:,} responses",
                portal.size,
                1,
                p50=seconds * 1000,
                cpu=used.cpu * 1000,
                sql=counted,
                kilobytes=length / 1000,
                megabytes=after_export,
                others=used.others,
                first=first * 1000,
            )
        ),
    ]


def web_lines(portal, requests):
    with portal.web() as (port, process):
        meter = Meter(
            port=port,
            web=process,
            database=portal.run.process,
            statements=Statements(portal.connection),
            size=portal.size,
            seconds=portal.run.seconds,
        )
        lines = [meter(*page) for page in requests.pages()]
        lines.append(meter("G4", "survey page, 12 questions", requests.survey_page()))
        lines.append(written(portal, meter, "G3", "a meeting logged", requests.log_meeting()))
        lines.append(written(portal, meter, "G5", "a survey of 12 answers sent", requests.submit()))
    return lines


def written(portal, meter, key, name, request):
    """A line whose every request must have left its rows, each once."""
    table = {"G3": "agencies_meeting", "G5": "surveys_response"}[key]
    before = portal.count(table)
    line = meter(key, name, request)
    if portal.count(table) - before != meter.asked:
        raise WrongCount(f"{meter.asked} × “{name}” made {portal.count(table) - before} rows")
    return line


def letters(portal):
    """1,000 reminders over real SMTP; each arrives once."""
    portal.inside("plan", 0)
    planned = portal.inside("plan", min(LETTERS, portal.numbers["people"] // 2))
    file = portal.run.folder / "mail.txt"
    before = mail.taken(file)
    with Meanwhile(portal.run.postman.pid, portal.run.process.pid) as used:
        found = portal.inside("send", portal.run.process.pid)
    after = mail.taken(file)
    arrived = after.letters - before.letters
    if not planned == found["sent"] == arrived or after.doubled != before.doubled:
        raise WrongCount(f"{planned} reminders planned, {found['sent']} sent, {arrived} arrived")
    return [
        report(
            Line(
                "G8",
                f"{planned:,} reminders sent, one by one",
                portal.size,
                planned,
                p50=found["seconds"] / planned * 1000,
                cpu=found["cpu"] / planned * 1000,
                sql=found["statements"] / planned,
                rate=planned / found["seconds"],
                megabytes=found["megabytes"],
                others=used.others,
                sessions=(after.conversations - before.conversations),
            )
        )
    ]


def due(portal):
    """What is due among 100,000 open actions and 100,000 silent people; and when all of them have
    their reminder."""
    numbers = {**portal.numbers, "waiting": 100_000}
    lines = []
    for file, keys in [(MORE_DUE, ["G9", "G9/survey"]), (REMINDED, ["G9/reminded"])]:
        portal.connection.execute(file.read_text() % numbers)
        portal.connection.execute("VACUUM ANALYZE")
        lines += portal.inside("due", portal.size, portal.run.process.pid, *keys)
    return [report(Line(**line)) for line in lines]
