"""`make bench`: measure, and write docs/performance.md.

`--quick` takes a second per figure, to see whether everything runs; its table is only printed.
"""

import argparse
import contextlib
import tempfile
from pathlib import Path

from bench import report
from bench.floors.load import load_floors
from bench.floors.requests import FLOORS
from bench.measure import Meter
from bench.portal.measure import SIZES, measure
from bench.servers import ROOT, Statements, postgres, web


def main():
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each load lasts")
    parser.add_argument("--sizes", nargs="+", default=["small", "big"], choices=SIZES)
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.sizes = 0.5, ["small"]
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        # As root, PostgreSQL runs as another user and must get through.
        Path(folder).chmod(0o711)
        lines = run(Path(folder), options)
    table = report.table(lines)
    print(table)
    if not options.quick:
        (ROOT / "docs" / "performance.md").write_text(report.document(lines, options))


def run(folder, options):
    lines = []
    with postgres(folder) as (server, process):
        lines += floors(folder, server, process, options.seconds)
        for size in options.sizes:
            lines += measure(folder, server, process, size=size, seconds=options.seconds)
    return lines


def floors(folder, server, process, seconds):
    server.create_database("floors")
    with contextlib.closing(server.connect("floors")) as connection:
        load_floors(connection, agencies=500, meetings=200, responses=100_000)
        env = {"FLOORS_URL": server.url("floors")}
        with web("bench.floors.wsgi", env, folder / "web.log") as (port, workers):
            meter = Meter(
                port=port,
                web=workers,
                database=process,
                statements=Statements(connection),
                size="big",
                seconds=seconds,
            )
            return [meter(key, name, request) for key, name, request in FLOORS]


if __name__ == "__main__":
    main()
