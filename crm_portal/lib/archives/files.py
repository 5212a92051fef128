"""An archive: one file of three lines and a dump.

    crm-portal archive 1
    the SHA-256 of everything that follows this line, in hex
    the manifest: one line of JSON
    what `pg_dump --format=custom` wrote

`tail -n +3 FILE | sha256sum` is the second line, and `tail -n +4 FILE` is for `pg_restore`, should
there be no portal at hand. No byte stands outside what is checked.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
import tomllib
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from crm_portal.lib.archives import ArchiveError, contents, programs

_FIRST_LINE = b"crm-portal archive 1\n"
_NO_SUM = b"0" * 64 + b"\n"


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself. `installation` is "" when the database had no number."""

    installation: str
    portal: str
    made_at: str
    # Of the portal that wrote it, and applied.
    migrations: list[str]
    # {kind: {name: detail}}: see contents.py.
    contents: dict

    @property
    def tables(self):
        return len(self.contents["rows"])

    @property
    def rows(self):
        return sum(self.contents["rows"].values())


@dataclass(frozen=True)
class Archive:
    """A file whose sum was right when it was opened."""

    file: Path
    manifest: Manifest
    _dump_at: int

    @contextmanager
    def dump(self):
        """The dump, for another process to read."""
        # Unbuffered: the other process goes on where the file stands.
        with self.file.open("rb", buffering=0) as whole:
            whole.seek(self._dump_at)
            yield whole


def write(connection, file, *, now):
    """Write the connection's database to a new file that only its owner can read; its manifest.

    Counts and rows are of one moment, whatever is written meanwhile. Under another name until it
    is complete: half a backup looks like none. Raises ArchiveError.
    """
    try:
        descriptor, part = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.", suffix=".part")
        part = Path(part)
        try:
            with open(descriptor, "w+b") as output, _frozen(connection) as (cursor, snapshot):
                manifest = _describe(cursor, now)
                _write(output, manifest, connection, snapshot)
            part.rename(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ArchiveError(f"{file} cannot be written: {error.strerror}.") from error
    return manifest


@contextmanager
def _frozen(connection):
    """A cursor that sees the database as it is now, and the name by which others see the same."""
    with closing(connection.copy()) as own, own.cursor() as cursor:
        contents.name_installation(cursor)
        own.set_autocommit(False)
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor, cursor.fetchone()[0]
        own.rollback()


def _describe(cursor, now):
    found = contents.of(cursor)
    return Manifest(
        installation=next(iter(found.get("installation", [])), ""),
        portal=portal_version(),
        made_at=now.isoformat(timespec="seconds"),
        migrations=sorted(known_migrations() & found["migration"].keys()),
        contents=found,
    )


def _write(output, manifest, connection, snapshot):
    output.write(_FIRST_LINE + _NO_SUM)
    output.write(json.dumps(vars(manifest)).encode() + b"\n")
    with programs.dump(connection, snapshot=snapshot) as dumped:
        shutil.copyfileobj(dumped, output)
    # Read again, for what is on the disk is what counts.
    output.flush()
    os.fsync(output.fileno())
    digest = _sum_of(output)
    output.seek(len(_FIRST_LINE))
    output.write(digest + b"\n")
    output.flush()
    os.fsync(output.fileno())


def open_archive(file):
    """The archive in a file, every byte of it checked. Raises ArchiveError where it is none."""
    try:
        with file.open("rb") as whole:
            _check_kind(file, whole.readline(len(_FIRST_LINE)))
            if whole.readline(len(_NO_SUM)) != _sum_of(whole) + b"\n":
                raise ArchiveError(
                    f"{file} is damaged or incomplete: its checksum is wrong. Take another backup, "
                    "or copy this one again."
                )
            whole.seek(len(_FIRST_LINE + _NO_SUM))
            manifest = Manifest(**json.loads(whole.readline()))
            return Archive(file, manifest, whole.tell())
    except OSError as error:
        raise ArchiveError(f"{file} cannot be read: {error.strerror}.") from error


def _check_kind(file, line):
    if line == _FIRST_LINE:
        return
    if not line:
        raise ArchiveError(f"{file} is empty.")
    if line.startswith(b"PGDMP"):
        raise ArchiveError(
            f"{file} is a plain dump of pg_dump, or a backup of a portal before archives had a "
            "checksum: nothing in it says whether it is complete. Load it into an empty database "
            "with `pg_restore --no-owner --dbname=…`, look at it, and give DATABASE_URL its name."
        )
    if re.fullmatch(rb"crm-portal archive \d+\n?", line):
        raise ArchiveError(f"{file} was written by a newer portal: restore it with that one.")
    raise ArchiveError(f"{file} was not written by `manage.py backup`.")


def _sum_of(whole):
    whole.seek(len(_FIRST_LINE + _NO_SUM))
    return hashlib.file_digest(whole, "sha256").hexdigest().encode()


def portal_version():
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return project["project"]["version"]


def known_migrations():
    """The migrations that this code has, and those that they stand for."""
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known.update(migration.replaces)
    return {f"{app}.{name}" for app, name in known}
