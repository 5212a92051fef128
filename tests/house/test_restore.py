"""The drill: a backup, an empty server, and the portal goes on there as if nothing had happened."""

import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
import uuid

import psycopg
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from accounts.models import Draft, Holiday, Submission
from agencies.models.imports import AgencyDomain
from crm_portal.embedded import launcher
from crm_portal.embedded.postgres import BINARIES, Postgres
from crm_portal.embedded.processes import ask_to_stop, spawn, wait_or_kill
from crm_portal.embedded.sockets import socket_folder
from crm_portal.lib import archives, links
from outbox.models import Letter
from tests.servers import FAST
from tests.test_conventions import our_models

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse battery staple"
NAME = "portal restored"


# ---- A second server ---------------------------------------------------------------------------


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

    def ask_for_password(self):
        rules = self.data / "pg_hba.conf"
        rules.write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        with self.connect() as session:
            session.execute(f"CREATE ROLE {self.user} LOGIN PASSWORD '{self.password}'")
            session.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("second")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = DistantPostgres(
        port=port,
        data=folder / "postgres",
        sockets=socket_folder(folder) / "postgres",
        log=folder / "postgres.log",
    )
    running.prepare()
    process = running.start()
    running.wait(process)
    running.ask_for_password()
    yield running
    ask_to_stop(process, running.stop_signal)
    wait_or_kill(process, 20)
    shutil.rmtree(socket_folder(folder))


@pytest.fixture
def empty(server):
    """The address of an empty database on the second server."""
    server.drop_database(NAME)
    server.create_database(NAME)
    with server.connect() as session:
        session.execute(f'ALTER DATABASE "{NAME}" OWNER TO {server.user}')
    return server.url(NAME)


@pytest.fixture
def restored(server):
    """Django's way into the database there."""
    other = connection.copy()
    other.settings_dict = {
        **connection.settings_dict,
        "NAME": NAME,
        "HOST": "127.0.0.1",
        "PORT": str(server.port),
        "USER": server.user,
        "PASSWORD": server.password,
    }
    yield other
    other.close()


def manage(*words, address, path=""):
    """`manage.py …` in a process of its own, for the database at this address."""
    env = os.environ | {"DATABASE_URL": address, "PATH": path + os.environ["PATH"]}
    command = [sys.executable, "manage.py", *map(str, words)]
    done = subprocess.run(
        command, cwd=launcher.ROOT, env=env, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


# ---- A world with something in every table -----------------------------------------------------


@pytest.fixture
def full_world(world, now, today):
    """The small world, and what it leaves out."""
    cco = world.people["cco"]
    cco.set_password(PASSWORD)
    cco.save()
    EmailAddress.objects.create(user=cco, email=cco.email, verified=True, primary=True)
    Authenticator.objects.create(user=cco, type="recovery_codes", data={"seed": "x"})
    Holiday.objects.create(date=today, name="Statehood Day")
    Draft.objects.create(user=cco, form="meeting", fields={"note": "Half a"}, saved_at=now)
    Submission.objects.create(user=cco, key=uuid.uuid4(), payload_hash="0" * 64, created_at=now)
    AgencyDomain.objects.create(agency=world.mine.agency, domain="dot.example.gov")
    world.mine.meeting.colleagues.add(cco)
    Letter.objects.create(
        purpose="survey",
        subject=f"invitation:{world.mine.invitation.pk}",
        kind="reminder",
        seq=1,
        recipient=world.mine.person.email,
        planned_at=now,
        due_at=now,
        next_try_at=now,
        message_id="<waits@test>",
    )
    Letter.objects.filter(seq=1).update(reason="The mail server was busy.", attempt=1)
    return full(world)


def full(world):
    """The drill covers a table only if there is something in it."""
    empty = [model._meta.label for model in our_models() if not model._base_manager.exists()]
    assert empty == [], "Give `full_world` a row of each."
    return world


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
        if table not in archives.WITHOUT_ROWS
    }


def different(one, other):
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


@pytest.fixture
def backup(full_world, tmp_path):
    file = tmp_path / "a backup.dump"
    call_command("backup", file)
    return file


# ---- The drill -----------------------------------------------------------------------------------


def test_portal_goes_on_from_a_backup_on_another_server(
    backup, full_world, empty, restored, server, tmp_path, figure
):
    code, said = manage("restore", backup, address=empty, path=spies(tmp_path))
    assert code == 0, said
    assert f"tables from {backup} into the database “{NAME}”." in said
    assert "1 letters waited when the backup was made" in said
    assert_no_password_was_shown(tmp_path, server.password)
    assert different(shape(connection), shape(restored)) == set()
    assert different(rows(connection), rows(restored)) == set()
    assert_changes_are_noticed(restored)
    assert_rules_hold(restored)
    with portal(empty, tmp_path) as address:
        assert_people_come_in(address, full_world)
    size, count = backup.stat().st_size, len(rows(connection))
    figure(f"restore drill: {count} tables, {size:,} bytes, 0 differences")


def assert_changes_are_noticed(restored):
    """The negative control: one changed row, and triggers that are there but asleep."""
    restored.set_autocommit(False)
    ask_nothing(restored, "ALTER TABLE feedback_concern DISABLE TRIGGER USER")
    asleep = different(shape(connection), shape(restored))
    restored.rollback()
    ask_nothing(restored, "UPDATE accounts_user SET name = name || '.' WHERE role = 'cco'")
    changed = different(rows(connection), rows(restored))
    restored.rollback()
    restored.set_autocommit(True)
    assert changed == {"accounts_user", "accounts_userevent"}
    assert asleep == {"triggers"}


RULES = {
    "Invalid transition": "UPDATE feedback_concern SET state = 'fixed' WHERE state = 'in_action'",
    "Cannot update or delete": "DELETE FROM feedback_concernevent",
    "office_opens_before_it_closes": "UPDATE accounts_office SET opens_at = closes_at",
    "one_primary_liaison_at_a_time": """
        INSERT INTO agencies_assignment (agency_id, user_id, role, starts_on)
        SELECT agency_id, user_id, role, starts_on FROM agencies_assignment""",
    "violates foreign key": "DELETE FROM agencies_agency",
}


def assert_rules_hold(restored):
    for complaint, sql in RULES.items():
        with pytest.raises(DatabaseError, match=complaint):
            ask_nothing(restored, sql)
    [(last,)] = ask(connection, "SELECT max(id) FROM accounts_holiday")
    added = "INSERT INTO accounts_holiday (date, name) VALUES ('2030-07-04', 'Fourth') RETURNING id"
    [(new,)] = ask(restored, added)
    assert new == last + 1
    history = f"SELECT count(*) FROM accounts_holidayevent WHERE pgh_obj_id = {new}"
    assert ask(restored, history) == [(1,)]


def ask_nothing(database, sql):
    with database.cursor() as cursor:
        cursor.execute(sql)


@contextlib.contextmanager
def portal(database, folder):
    """The portal's web server on this database; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = [sys.executable, "-m", "gunicorn", "--config=python:crm_portal.serving"]
        command += [f"--bind=fd://{listener.fileno()}", "--workers=1", "crm_portal.wsgi"]
        log, env = folder / "web.log", os.environ | {"DATABASE_URL": database}
        process = spawn(command, log=log, env=env, cwd=launcher.ROOT, pass_fds=[listener.fileno()])
        try:
            yield address
        finally:
            ask_to_stop(process)
            wait_or_kill(process, 20)


def assert_people_come_in(address, world):
    """The CCO by password, and somebody at an agency by the link in a letter from before."""
    visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = visitor.open(f"{address}/accounts/login/", timeout=60).read().decode()
    csrf = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    form = {"login": "cco@oit.example", "password": PASSWORD, "csrfmiddlewaretoken": csrf}
    body = urllib.parse.urlencode(form).encode()
    home = visitor.open(f"{address}/accounts/login/", body, timeout=60)
    assert "/accounts/login/" not in home.url
    assert "Carla Ochoa" in home.read().decode()
    invitation = world.mine.invitation
    token = links.token_of("survey", invitation)
    survey = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    opened = survey.open(f"{address}/s/{token}", timeout=60)
    assert str(invitation.public_id) in opened.url


# ---- The programs ------------------------------------------------------------------------------


def spies(folder):
    """The beginning of a PATH on which each of the programs writes down how it was called."""
    folder = folder / "spies"
    folder.mkdir()
    for name in ("pg_dump", "pg_restore", "psql"):
        spy = folder / name
        spy.write_text(f'#!/bin/sh\necho "$0" "$@" >> "$0.calls"\nexec "{BINARIES / name}" "$@"\n')
        spy.chmod(0o755)
    return f"{folder}:"


def assert_no_password_was_shown(folder, password):
    calls = {file.stem: file.read_text() for file in (folder / "spies").glob("*.calls")}
    assert calls.keys() >= {"pg_restore", "psql"}
    assert password not in "".join(calls.values())


def test_missing_programs_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(archives, "_wheel", lambda: str(tmp_path))
    with pytest.raises(CommandError) as refusal:
        call_command("backup", tmp_path / "new.dump")
    assert re.fullmatch(
        r"pg_dump of PostgreSQL \d+ or newer was not found: install the client programs of "
        r"PostgreSQL \d+ and put their folder first in PATH\.",
        str(refusal.value),
    )


def test_older_programs_are_named(tmp_path, monkeypatch):
    old = tmp_path / "pg_dump"
    old.write_text('#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n')
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(archives, "_wheel", lambda: "")
    with pytest.raises(CommandError, match=re.escape(f" ({old} is older): install")):
        call_command("backup", tmp_path / "new.dump")


# ---- What is refused -----------------------------------------------------------------------------


def test_backup_is_for_its_owner_only_and_overwrites_none(backup):
    assert backup.stat().st_mode & 0o077 == 0
    assert [file.name for file in backup.parent.iterdir()] == [backup.name]
    with pytest.raises(CommandError, match="is there already: choose another name"):
        call_command("backup", backup)


def test_backup_holds_no_session(client, cco, tmp_path):
    client.force_login(cco)
    call_command("backup", tmp_path / "new.dump")
    command = [BINARIES / "pg_restore", "--file=-", tmp_path / "new.dump"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert cco.email in text
    assert client.session.session_key not in text


def test_database_with_something_in_it_is_left_alone(backup):
    before = rows(connection)
    with pytest.raises(CommandError, match="is not empty, and nothing was changed"):
        call_command("restore", backup)
    assert rows(connection) == before


def test_database_that_others_use_is_left_alone(backup):
    before = rows(connection)
    other = connection.copy()
    refusal = pytest.raises(CommandError, match="others are connected to the database")
    with contextlib.closing(other), other.cursor(), refusal:
        call_command("restore", backup, replace=True)
    assert rows(connection) == before


def test_replacing_loses_what_was_there(backup, empty, restored):
    archives.read(restored, backup)
    ask_nothing(restored, "UPDATE accounts_user SET name = 'Somebody else'")
    ask_nothing(restored, "CREATE TABLE of_a_newer_portal (id integer)")
    restored.close()
    archives.read(restored, backup, replace=True)
    assert different(rows(connection), rows(restored)) == set()
    assert different(shape(connection), shape(restored)) == set()


def test_half_a_backup_changes_nothing(backup, empty, restored, tmp_path):
    archives.read(restored, backup)
    before = rows(restored)
    restored.close()
    half = tmp_path / "half.dump"
    half.write_bytes(backup.read_bytes()[: backup.stat().st_size * 4 // 5])
    with pytest.raises(archives.ArchiveError, match="Nothing was changed"):
        archives.read(restored, half, replace=True)
    assert rows(restored) == before


@pytest.mark.parametrize("content", [b"", b"Organization name,State\n", None])
def test_what_is_no_backup_is_refused(content, tmp_path, db):
    file = tmp_path / "other.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError):
        call_command("restore", file)
