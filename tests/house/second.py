"""A second database server, what `manage.py` does there, and how to compare two databases."""

import os
import re
import secrets
import subprocess
import sys
import urllib.parse

import psycopg
from django.utils import timezone

from crm_portal.embedded import launcher
from crm_portal.embedded.postgres import BINARIES, Postgres
from crm_portal.lib.archives import files, programs, restoring
from tests.servers import FAST

PASSWORD = "correct horse battery staple"
NAME = "portal restored"


class DistantPostgres(Postgres):
    """Reached over TCP, with a password, by a user who owns nothing but the database; the first
    one is reached by a socket, without a password, by the superuser."""

    user = "portal"
    password = secrets.token_hex(8)

    def __init__(self, *, port, **places):
        tcp = (f"port={port}", "listen_addresses=127.0.0.1")
        super().__init__(**places, options=(*FAST, *tcp))
        self.port = port

    def connect(self, database="postgres"):
        return psycopg.connect(
            host=str(self.sockets),
            port=self.port,
            user="postgres",
            dbname=database,
            autocommit=True,
        )

    def url(self, database):
        name = urllib.parse.quote(database)
        return f"postgres://{self.user}:{self.password}@127.0.0.1:{self.port}/{name}"

    def databases(self):
        """The names of the one that is restored into and of all that were made beside it."""
        with self.connect() as session:
            found = session.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [NAME])
            return sorted(name for (name,) in found)

    def ask_for_password(self):
        rules = self.data / "pg_hba.conf"
        rules.write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        with self.connect() as session:
            session.execute(f"CREATE ROLE {self.user} LOGIN PASSWORD '{self.password}'")
            session.execute("SELECT pg_reload_conf()")


def put(database, file, **options):
    """Restore the archive in this process; gives the name under which the old database is kept."""
    archive = files.open_archive(file)
    return restoring.restore(database, archive, now=timezone.now(), **options)


def manage(*words, address, path=""):
    """`manage.py …` in a process of its own, for the database at this address."""
    command, env = manage_command(*words, address=address, path=path)
    done = subprocess.run(
        command, cwd=launcher.ROOT, env=env, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def manage_command(*words, address, path=""):
    env = os.environ | {"DATABASE_URL": address, "PATH": path + os.environ["PATH"]}
    env["DJANGO_SETTINGS_MODULE"] = "crm_portal.settings"
    return [sys.executable, "manage.py", *map(str, words)], env


# ---- What there is to compare ------------------------------------------------------------------

SHAPE = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default
        FROM information_schema.columns WHERE table_schema = 'public'
        ORDER BY table_name, ordinal_position""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, convalidated, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid),
            obj_description(oid, 'pg_trigger')
        FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2""",
    "functions": """
        SELECT oid::regprocedure::text, prosrc, proconfig FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace ORDER BY 1""",
    "sequences": "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1",
    "extensions": "SELECT extname FROM pg_extension ORDER BY 1",
}


def ask_nothing(database, sql):
    with database.cursor() as cursor:
        cursor.execute(sql)


def ask(database, sql):
    with database.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


# PostgreSQL spells some conditions otherwise when it has read them a second time.
SPELLING = re.compile(r"::(text|character varying)(\[\])?|[()]")


def shape(database):
    """Everything in the database but its rows."""
    return {
        part: [SPELLING.sub("", str(row)) for row in ask(database, sql)]
        for part, sql in SHAPE.items()
    }


def rows(database):
    """{table: (how many rows, hash of them)}"""
    hashed = "SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {} AS t"
    return {
        table: ask(database, hashed.format(database.ops.quote_name(table)))[0]
        for table in database.introspection.table_names()
        if table not in programs.WITHOUT_ROWS
    }


def different(one, other):
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def spy(folder, name, does):
    """A folder for PATH in which a program of PostgreSQL does something first."""
    folder = folder / "spy"
    folder.mkdir()
    for program in ("pg_dump", "pg_restore", "psql"):
        first = does if program == name else ":"
        (folder / program).write_text(
            f'#!/bin/sh\n[ "$1" = --version ] || {first}\nexec "{BINARIES}/{program}" "$@"\n'
        )
        (folder / program).chmod(0o755)
    return str(folder)
