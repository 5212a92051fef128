"""docs/performance.md: the figures, what they were measured on, and which goals are met."""

import datetime as dt
import os
import platform
import tomllib
from importlib.metadata import version
from pathlib import Path

import django
import psutil
from django.conf import settings
from django.template import Context, Engine

from bench.goals import GOALS, checks, is_quiet
from bench.portal.sizes import SIZES

REASONS = Path(__file__).parent / "reasons.toml"
TEMPLATE = Path(__file__).parent / "report.md"
COLUMNS = [
    # head, figure, digits
    ("SQL", "sql", 0), ("p50 ms", "p50", 1), ("p95 ms", "p95", 1), ("CPU ms", "cpu", 1),
    ("per s", "rate", 0), ("8: p50 ms", "p50_at_8", 1), ("8: per s", "rate8", 0),
    ("kB", "kilobytes", 0), ("MB", "megabytes", 0), ("others", "others", 2), ("n", "count", 0),
]  # fmt: skip


def document(lines, options, minutes):
    """The report as text."""
    found = {(line.key, line.size): line for line in lines}
    context = {
        "command": "make bench-long" if options.long else "make bench",
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "seconds": options.seconds,
        "seed": options.seed,
        "minutes": minutes,
        "sizes": [(size, SIZES[size]) for size in options.sizes],
        "figures": figures(lines),
        "goals": [told(goal, found) for goal in GOALS if is_measured(goal, found)],
        "was_quiet": is_quiet(lines),
    }
    if not settings.configured:
        # This process is no portal; templates ask how numbers are written.
        settings.configure()
        django.setup()
    engine = Engine(autoescape=False, builtins=["django.contrib.humanize.templatetags.humanize"])
    return engine.from_string(TEMPLATE.read_text()).render(Context(context, autoescape=False))


def figures(lines):
    """The table of everything that was measured."""
    heads = ["", "", "data", *(head for head, _figure, _digits in COLUMNS)]
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * 3 + "---:|" * len(COLUMNS)
    for line in lines:
        cells = [cell(getattr(line, figure), digits) for _head, figure, digits in COLUMNS]
        yield f"| {line.key} | {line.name} | {line.size} | {' | '.join(cells)} |"


def cell(number, digits):
    if number is None:
        return ""
    return f"{number:,.{1 if digits == 0 and number % 1 else digits}f}"


def is_measured(goal, lines):
    return all((key, "big") in lines for key in [*goal.lines, *goal.floor])


def told(goal, lines):
    """A goal with its checks, whether it is met, and why not."""
    found = list(checks(goal, lines))
    missed = [check for check in found if not check.holds]
    return {
        "goal": goal,
        "floors": "".join(floor_in_words(*part) for part in goal.floor.items())[3:] or "–",
        "checks": found,
        "missed": missed,
        "why": reasons().get(goal.key, "") if missed else "",
    }


def floor_in_words(key, times):
    return f" {'−' if times < 0 else '+'} {'' if abs(times) == 1 else f'{abs(times):g} × '}{key}"


def reasons():
    """Why a goal is missed, found by profiling: {key of the goal: sentences}."""
    return tomllib.loads(REASONS.read_text())


# ---- What it was measured on ---------------------------------------------------------------------


def machine():
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores ({processor()}), {memory:.0f} GiB, {platform.system()}"


def processor():
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def versions():
    packages = ["Django", "psycopg", "gunicorn"]
    known = [f"{name} {version(name)}" for name in packages]
    return ", ".join([f"Python {platform.python_version()}", *known])
