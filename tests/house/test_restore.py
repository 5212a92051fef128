"""The drill: a backup, an empty server, and the portal goes on there as if nothing had happened."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import urllib.parse
import urllib.request

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from crm_portal.embedded import launcher
from crm_portal.embedded.postgres import BINARIES
from crm_portal.embedded.processes import ask_to_stop, spawn, wait_or_kill
from crm_portal.lib import links
from crm_portal.lib.archives import files, programs
from tests.house.second import NAME, PASSWORD, ask, ask_nothing, different, manage, rows, shape

pytestmark = pytest.mark.django_db(transaction=True)

# ---- The drill -----------------------------------------------------------------------------------


def test_portal_goes_on_from_a_backup_on_another_server(
    full_world, empty, restored, server, tmp_path, figure
):
    backup = tmp_path / "a backup.dump"
    call_command("backup", backup)
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
    monkeypatch.setattr(programs, "_wheel", lambda: str(tmp_path))
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
    monkeypatch.setattr(programs, "_wheel", lambda: "")
    with pytest.raises(CommandError, match=re.escape(f" ({old} is older): install")):
        call_command("backup", tmp_path / "new.dump")


# ---- The file ------------------------------------------------------------------------------------


def test_backup_is_for_its_owner_only_and_overwrites_none(tmp_path):
    call_command("backup", tmp_path / "new.dump")
    assert (tmp_path / "new.dump").stat().st_mode & 0o077 == 0
    assert [file.name for file in tmp_path.iterdir()] == ["new.dump"]
    with pytest.raises(CommandError, match="is there already: choose another name"):
        call_command("backup", tmp_path / "new.dump")


def test_backup_holds_no_session(client, cco, tmp_path):
    client.force_login(cco)
    call_command("backup", tmp_path / "new.dump")
    command = [BINARIES / "pg_restore", "--file=-"]
    with files.open_archive(tmp_path / "new.dump").dump() as dump:
        said = subprocess.run(command, stdin=dump, capture_output=True, text=True, check=True)
    text = said.stdout
    assert cco.email in text
    assert client.session.session_key not in text
