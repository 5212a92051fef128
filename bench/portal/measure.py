"""G1 to G7 against one size of data."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

from bench.client import Request
from bench.measure import Meter
from bench.servers import ROOT, Statements, web

SIZES = {
    "small": {
        "agencies": 50, "people": 1_000, "meetings": 10_000, "responses": 10_000,
        "actions": 1_000, "liaisons": 12, "waves": 4,
    },
    "big": {
        "agencies": 500, "people": 10_000, "meetings": 100_000, "responses": 100_000,
        "actions": 10_000, "liaisons": 40, "waves": 4,
    },
}  # fmt: skip
DATA = Path(__file__).parent / "data.sql"


def measure(folder, server, process, *, size, seconds):
    """Fill a database of its own and measure each operation; returns the lines."""
    name = f"portal_{size}"
    server.create_database(name)
    env = {
        "PORTAL_ENV": "demo",
        "PORTAL_VAR": str(folder),
        "DATABASE_URL": server.url(name),
        "BASE_URL": "http://127.0.0.1",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    portal(env, "manage.py", "migrate", "--verbosity=0")
    portal(env, "manage.py", "collectstatic", "--noinput", "--verbosity=0")
    with contextlib.closing(server.connect(name)) as connection:
        fill(connection, SIZES[size])
        visit = json.loads(portal(env, "-m", "bench.portal.prepare").splitlines()[-1])
        connection.execute("VACUUM ANALYZE")
        with web("crm_portal.wsgi", env, folder / f"{name}.log") as (port, workers):
            meter = Meter(
                port=port,
                web=workers,
                database=process,
                statements=Statements(connection),
                size=size,
                seconds=seconds,
            )
            return [meter(key, title, request) for key, title, request in operations(visit)]


def portal(env, *command):
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return done.stdout


def fill(connection, numbers):
    connection.execute(psycopg_text(DATA.read_text(), {**numbers, "now": "now()"}))


def psycopg_text(text, numbers):
    """Our own constants, put in before the statements are sent: DO blocks take no parameters."""
    return text % numbers


def operations(visit):
    """The requests, as a browser sends them."""
    session = {"Cookie": visit["cco"]}
    first = visit["visits"][0]
    return [
        ("G1", "list of agencies, 25 a page", Request("/agencies/", session)),
        ("G1", "list of agencies, 100 a page", Request("/agencies/?per_page=100", session)),
        ("G2", "one agency's page", Request("/agencies/7/", session)),
        ("G4", "survey page", Request(first["path"], {"Cookie": first["cookie"]})),
        ("G6", "results of a wave", Request(f"/surveys/{visit['full_wave']}/", session)),
        ("G7", "the chief customer officer's home", Request("/", session)),
    ]
