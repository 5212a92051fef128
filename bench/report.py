"""The figures as a table, with what they were measured on."""

import datetime as dt
import os
import platform

from django.template import Context, Engine

HEAD = (
    "| | | size | SQL | p50 ms | p95 ms | CPU ms | p50 of 8 | per s of 8 | kB | n |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|\n"
)

DOCUMENT = """# How fast it is

Written by `make bench` on {{ date }}: {{ machine }}, Python {{ python }}, {{ seconds }} s a figure.
{% for line in about %}{{ line }}
{% endfor %}
{{ table }}
"""

ABOUT = [
    "Floors (F) are bare Django doing the least that such a page must do; operations (G) are ours,",
    "served by the same web server from the same PostgreSQL in the same run. Two gunicorn workers,",
    "writes wait for the disk, loopback, a new connection for each request. CPU is the web",
    "workers' and PostgreSQL's together, for one request. Compare ratios within one run only.",
]


def table(lines):
    rows = (
        f"| {line.key} | {line.name} | {line.size} | {line.sql} | {line.p50:.1f} | {line.p95:.1f}"
        f" | {line.cpu:.1f} | {line.p50_at_8:.1f} | {line.rate8:.0f} | {line.kilobytes:.0f}"
        f" | {line.count} |\n"
        for line in lines
    )
    return HEAD + "".join(rows)


def document(lines, options):
    """docs/performance.md as text."""
    template = Engine(autoescape=False).from_string(DOCUMENT)
    return template.render(
        Context(
            {
                "date": dt.datetime.now(dt.UTC).date().isoformat(),
                "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
                "python": platform.python_version(),
                "seconds": options.seconds,
                "about": ABOUT,
                "table": table(lines),
            }
        )
    )
