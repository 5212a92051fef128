"""From an archive to a database, in an order in which nothing is lost at any moment.

The archive is checked byte by byte, then loaded into a database that nobody uses, in a transaction
that ends only if everything in there is as the archive says. An empty database is such a one;
instead of one with something in it a new one is made beside it, and put in its place at the end.
"""

from contextlib import contextmanager

from django.db import DatabaseError

from crm_portal.lib.archives import ArchiveError, contents, databases, files, programs

# What an archive, or `--from-installation`, says where a database had no number.
UNKNOWN = "unknown"


def restore(connection, archive, *, replace=False, from_installation="", now):
    """Make the connection's database that of the archive. Returns the name under which the one
    that was there before is kept, "" if there was none or it was empty.

    Raises ArchiveError with the database as before: when it is not empty and not to be replaced,
    when it is another installation's and that was not named, when somebody is connected to it,
    when the archive is of a newer portal, or when anything goes wrong on the way.
    """
    _check_code(archive.manifest)
    if not databases.is_there(connection):
        return _exchange(connection, archive, now)
    with connection.cursor() as cursor:
        is_empty = contents.is_empty(cursor)
    _check_replacing(connection, is_empty=is_empty, replace=replace)
    databases.check_alone(connection)
    if is_empty:
        _load(connection, archive)
        return ""
    _check_installation(connection, archive.manifest, from_installation)
    connection.close()
    return _exchange(connection, archive, now)


def _check_code(manifest):
    unknown = sorted(set(manifest.migrations) - files.known_migrations())
    if unknown:
        names = ", ".join(unknown[:3]) + (", …" if unknown[3:] else "")
        raise ArchiveError(
            f"The backup is of a newer portal ({manifest.portal}; this is "
            f"{files.portal_version()}) and has what this code does not know: {names}. Install "
            "that version first."
        )


def _check_replacing(connection, *, is_empty, replace):
    if not is_empty and not replace:
        raise ArchiveError(
            f"The database “{connection.settings_dict['NAME']}” is not empty, and nothing was "
            "changed: name an empty one, or one that is not there yet, or add --replace; then "
            "what is in it now is kept under another name."
        )


def _check_installation(connection, manifest, from_installation):
    with connection.cursor() as cursor:
        present = contents.installation_of(cursor) or UNKNOWN
    offered = manifest.installation or UNKNOWN
    if from_installation:
        if from_installation != offered:
            raise ArchiveError(f"The backup is of the installation {offered}. Nothing was changed.")
    elif present != offered or offered == UNKNOWN:
        raise ArchiveError(
            f"The backup is of another installation ({offered}) than the database "
            f"“{connection.settings_dict['NAME']}” ({present}), and nothing was changed. If that "
            f"is meant, add --from-installation {offered}"
        )


def _exchange(connection, archive, now):
    name = connection.settings_dict["NAME"]
    with databases.third(connection) as third:
        databases.hold(third, name)
        databases.check_may_exchange(third, name)
        with _said_in_one_sentence():
            scratch = databases.create(third, name, now=now)
            try:
                _load(databases.beside(connection, scratch), archive)
                return databases.exchange(third, scratch, name, now=now)
            except BaseException:
                databases.drop(third, scratch)
                raise


def _load(connection, archive):
    try:
        with archive.dump() as dump:
            check = contents.check(archive.manifest.contents)
            programs.load(connection, dump, check=check)
    except ArchiveError as error:
        raise ArchiveError(f"Nothing was changed: {error}") from error
    finally:
        connection.close()


@contextmanager
def _said_in_one_sentence():
    """Raises what the database refuses as ArchiveError."""
    try:
        yield
    except DatabaseError as error:
        said = str(error).partition("\n")[0]
        raise ArchiveError(f"Nothing was changed: {said}") from error
