"""`make bench`: measure, and write docs/performance.md. `make bench-long`: ten times more as well.

`--quick` takes half a second per figure, to see whether everything runs; its tables are only
printed.
"""

import argparse
import contextlib
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from bench import report, servers
from bench.floors import mail as floor_mail
from bench.floors.load import last_period, load_floors
from bench.floors.requests import FLOORS
from bench.measure import Meter
from bench.portal.measure import measure
from bench.portal.sizes import SIZES
from crm_portal.embedded.postgres import Postgres

PLACES = {False: "performance.md", True: "performance-long.md"}


@dataclass
class Run:
    """What all measurements of a run share."""

    folder: Path
    server: Postgres
    process: Popen
    broker: str
    mail: int
    postman: Popen
    seconds: float
    seed: int


def main():
    options = read_options()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        folder = Path(name)
        # As root, PostgreSQL runs as another user and must get through.
        folder.chmod(0o711)
        lines = list(measure_all(folder, options))
    text = report.document(lines, options, minutes=(time.monotonic() - begin) / 60)
    print(text)
    if not options.quick:
        (servers.ROOT / "docs" / PLACES[options.long]).write_text(text)


def read_options():
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--long", action="store_true", help="ten times the big data, too")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each load lasts")
    parser.add_argument("--seed", type=int, default=20270303)
    parser.add_argument("--sizes", nargs="+", choices=SIZES)
    options = parser.parse_args()
    if options.quick:
        options.seconds = min(options.seconds, 0.5)
    usual = ["small", "big", "huge"] if options.long else ["small", "big"]
    options.sizes = options.sizes or usual
    return options


def measure_all(folder, options):
    with contextlib.ExitStack() as stack:
        server, process = stack.enter_context(servers.postgres(folder))
        mail, postman = stack.enter_context(servers.mail(folder))
        run = Run(
            folder=folder,
            server=server,
            process=process,
            broker=stack.enter_context(servers.broker(folder)),
            mail=mail,
            postman=postman,
            seconds=options.seconds,
            seed=options.seed,
        )
        yield from floors(run)
        for size in options.sizes:
            yield from measure(run, size)


def floors(run):
    run.server.create_database("floors")
    env = {"FLOORS_URL": run.server.url("floors")}
    with contextlib.closing(run.server.connect("floors")) as connection:
        load_floors(connection, agencies=500, meetings=200)
        yield last_period(connection, run.process)
        yield floor_mail.send(env, run.mail, run.postman)
        with servers.web("bench.floors.wsgi", env, run.folder / "floors.log") as (port, process):
            meter = Meter(
                port=port,
                web=process,
                database=run.process,
                statements=servers.Statements(connection),
                size="big",
                seconds=run.seconds,
            )
            for floor in FLOORS:
                yield meter(*floor)


if __name__ == "__main__":
    main()
