"""What a restore replaces is kept, and one that is ended in the middle replaces nothing."""

import contextlib
import signal
import subprocess
import sys
import time

import pytest

from crm_portal.embedded import launcher
from crm_portal.embedded.postgres import BINARIES
from crm_portal.lib.archives import ArchiveError, databases
from tests.house.second import (
    NAME,
    ask,
    ask_nothing,
    different,
    manage,
    manage_command,
    put,
    rows,
    shape,
    spy,
)


def test_replaced_database_is_kept(original, backup, in_use, restored, command, server):
    before = rows(restored)
    restored.close()
    ask_nothing(restored, f'ALTER DATABASE "{NAME}" SET statement_timeout = 0')
    restored.close()
    said = command(backup, "--replace")
    [_present, kept] = server.databases()
    assert f"What was there before is kept as “{kept}”" in said
    assert "It has privileges or settings of its own" in said
    assert different(original.rows, rows(restored)) == set()
    assert different(original.shape, shape(restored)) == set()
    restored.close()
    old = databases.beside(restored, kept)
    assert rows(old) == before
    old.close()
    said = command(backup, "--replace")
    assert f"“{kept}” is what an earlier restore replaced." in said
    assert len(server.databases()) == 3


def test_new_database_is_like_the_old_one(backup, in_use, restored, server):
    kind = (
        "SELECT datlocprovider, datlocale, datcollate, encoding, datdba FROM pg_database "
        f"WHERE datname = '{NAME}'"
    )
    with server.connect() as session:
        server.drop_database(NAME)
        session.execute(
            f'CREATE DATABASE "{NAME}" TEMPLATE template0 OWNER {server.user} '
            "LOCALE_PROVIDER libc LOCALE 'C'"
        )
    put(restored, backup)
    before = ask(restored, kind)
    restored.close()
    put(restored, backup, replace=True)
    assert ask(restored, kind) == before
    assert before[0][:3] == ("c", None, "C")


def test_database_that_is_not_there_is_made(original, backup, in_use, restored, server):
    server.drop_database(NAME)
    code, said = manage("restore", backup, address=in_use)
    assert code == 0, said
    assert server.databases() == [NAME]
    assert different(original.rows, rows(restored)) == set()


def test_what_extensions_brought_does_not_count(original, backup, empty, restored, server):
    with server.connect(NAME) as session:
        session.execute("CREATE EXTENSION pg_buffercache")
    put(restored, backup)
    assert different(original.rows, rows(restored)) == set()


def test_owner_who_may_make_no_database_is_told_what_to_do(backup, in_use, restored, server):
    with server.connect() as session:
        session.execute(f"ALTER ROLE {server.user} NOCREATEDB")
    before = rows(restored)
    restored.close()
    with pytest.raises(
        ArchiveError, match=f'ALTER ROLE "{server.user}" CREATEDB, or make an empty'
    ):
        put(restored, backup, replace=True)
    assert rows(restored) == before


def test_database_with_something_in_it_is_left_alone(backup, in_use, restored, server):
    before = rows(restored)
    restored.close()
    with pytest.raises(ArchiveError, match="is not empty, and nothing was changed"):
        put(restored, backup)
    assert rows(restored) == before
    assert server.databases() == [NAME]


def test_database_that_others_use_is_left_alone(backup, in_use, restored, server):
    """Whoever they are: of another user's session a user sees only that it is there."""
    with server.connect(NAME), pytest.raises(ArchiveError, match="1 others are connected to the d"):
        put(restored, backup, replace=True)
    assert server.databases() == [NAME]


# ---- In the middle -----------------------------------------------------------------------------


@contextlib.contextmanager
def stopped_at(does, *, backup, address, folder):
    """`manage.py restore --replace` that waits where it calls psql, or in the middle of what it
    reads; gives the process and how to let it go on."""
    reached, go = folder / "reached", folder / "go"
    wait = f'touch "{reached}"; '
    wait += f'while [ ! -e "{go}" ] && kill -0 $PPID 2>/dev/null; do sleep 0.02; done'
    half = f'"{BINARIES}/pg_restore" "$@" >"{folder}/all"; head -c 200000 "{folder}/all"'
    path = {
        "call psql": lambda: spy(folder, "psql", f"{{ {wait}; }}"),
        "read": lambda: spy(folder, "pg_restore", f"{{ {half}; {wait}; exit 1; }}"),
    }[does]()
    command, env = manage_command("restore", backup, "--replace", address=address, path=f"{path}:")
    process = subprocess.Popen(
        command,
        cwd=launcher.ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_for(lambda: reached.exists() or process.poll() is not None)
        yield process, go.touch
    finally:
        process.kill()
        process.wait()


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_killed_restore_changes_nothing_and_is_named(
    backup, in_use, restored, command, server, tmp_path
):
    before = rows(restored)
    restored.close()
    with stopped_at("read", backup=backup, address=in_use, folder=tmp_path):
        pass
    assert rows(restored) == before
    restored.close()
    [_present, unfinished] = server.databases()
    wait_for(lambda: not sessions(server, unfinished))
    half = databases.beside(restored, unfinished)
    assert half.introspection.table_names() == []
    half.close()
    said = command(backup, "--replace")
    assert f"“{unfinished}” is of a restore that runs now or was ended halfway." in said


def test_restore_into_an_empty_database_that_is_killed_leaves_it_empty(
    backup, empty, restored, server, tmp_path
):
    """psql takes the end of its input for the end of the work."""
    with stopped_at("read", backup=backup, address=empty, folder=tmp_path):
        pass
    wait_for(lambda: not sessions(server, NAME))
    assert restored.introspection.table_names() == []
    put(restored, backup)


def sessions(server, name):
    with server.connect() as session:
        return session.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usesysid IS NOT NULL", [name]
        ).fetchall()


DIES = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
from crm_portal.lib.archives import databases, programs
owner, name = {"databases": databases, "programs": programs}[sys.argv[1]], sys.argv[2]
step = getattr(owner, name)
def then_die(*args, **kwargs):
    step(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, then_die)
call_command("restore", sys.argv[3], replace=True)
"""


@pytest.mark.parametrize(
    ("step", "is_done"),
    [
        ("databases.create", False),
        ("programs.load", False),
        ("databases._rename", False),
        ("databases.exchange", True),
    ],
)
def test_restore_killed_after_a_step_leaves_the_old_or_the_new(
    step, is_done, original, backup, in_use, restored, server
):
    old = rows(restored)
    restored.close()
    _, env = manage_command(address=in_use)
    command = [sys.executable, "-c", DIES, *step.split("."), str(backup)]
    done = subprocess.run(command, cwd=launcher.ROOT, env=env, check=False)
    assert done.returncode == -signal.SIGKILL
    assert rows(restored) == (original.rows if is_done else old)
    [_present, other] = server.databases()
    assert ("_before_" if is_done else "_restoring_") in other


def test_second_restore_at_once_is_refused(backup, in_use, restored, server, tmp_path):
    with stopped_at("call psql", backup=backup, address=in_use, folder=tmp_path) as (
        process,
        go_on,
    ):
        with pytest.raises(ArchiveError, match="Somebody else is restoring into"):
            put(restored, backup, replace=True)
        go_on()
        said = process.communicate()[0]
    assert process.returncode == 0, said
    assert len(server.databases()) == 2


def test_whoever_comes_in_the_middle_keeps_the_database(backup, in_use, restored, server, tmp_path):
    before = rows(restored)
    restored.close()
    with (
        stopped_at("call psql", backup=backup, address=in_use, folder=tmp_path) as (
            process,
            go_on,
        ),
        server.connect(NAME),
    ):
        go_on()
        said = process.communicate()[0]
    assert process.returncode == 1
    assert "Meanwhile others are connected to the database" in said
    assert rows(restored) == before
    assert server.databases() == [NAME]
