"""Databases beside the one of DATABASE_URL: made, exchanged by name, and found when left behind.

`third` is a connection to a database that has nothing to do with it, since nobody may be
connected to a database that is renamed.
"""

import json
from contextlib import closing, contextmanager, suppress

from django.db import Error, OperationalError
from django.db.backends.base.base import NO_DB_ALIAS
from psycopg import errors, sql

from crm_portal.lib.archives import ArchiveError

# One of them is there unless somebody took pains.
_THIRD = ("postgres", "template1")
# PostgreSQL cuts longer names; ours end with some 30 letters.
_STEM_BYTES = 30
_UNFINISHED, _KEPT = "restoring", "before"
_IN_USE = (
    "others are connected to the database “{}”, and nothing was changed: stop the portal's web, "
    "worker and beat first."
)
_LOCALES = {
    "b": sql.SQL("LOCALE_PROVIDER builtin BUILTIN_LOCALE {locale}"),
    "c": sql.SQL("LOCALE_PROVIDER libc"),
    "i": sql.SQL("LOCALE_PROVIDER icu ICU_LOCALE {locale}"),
}


def beside(connection, name):
    """A connection like this one to another database of the server."""
    # By this alias Django knows that it has nothing to look up in the database it is named after.
    other = connection.copy(alias=NO_DB_ALIAS)
    other.settings_dict = {**connection.settings_dict, "NAME": name}
    return other


@contextmanager
def third(connection):
    with closing(_third(connection)) as other:
        yield other


def _third(connection):
    for name in _THIRD:
        other = beside(connection, name)
        with suppress(OperationalError):
            other.ensure_connection()
            return other
    raise ArchiveError(
        f"Neither of the databases {' and '.join(_THIRD)} lets “{connection.settings_dict['USER']}”"
        " in, and from outside only can one database be put in the place of another. Restore into "
        "an empty one, and give DATABASE_URL its name."
    )


def is_there(connection):
    """Whether the connection's database exists. Raises OperationalError when nobody can say."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        with suppress(ArchiveError), third(connection) as other:
            if not _row(other, connection.settings_dict["NAME"]):
                return False
        raise error
    return True


def check_alone(connection):
    """Raises ArchiveError while somebody else is connected to the connection's database."""
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        # Only their own users' sessions tell users what they are; the server's have no user.
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND usesysid IS NOT NULL AND pid <> pg_backend_pid()"
        )
        others = cursor.fetchone()[0]
    if others:
        raise ArchiveError(f"{others} {_IN_USE.format(name)}")


def hold(third, name):
    """Keep others from restoring into the database of this name as long as `third` is open."""
    with third.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"restore {name}"])
        if not cursor.fetchone()[0]:
            raise ArchiveError(f"Somebody else is restoring into “{name}”: wait until it is done.")


def check_may_exchange(third, name):
    """Raises ArchiveError where this user may not make databases, or not rename this one."""
    with third.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper OR rolcreatedb, "
            "(SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = %s) "
            "FROM pg_roles WHERE rolname = current_user",
            [name],
        )
        user, may_create, may_rename = cursor.fetchone()
    if not may_create:
        raise ArchiveError(
            f"Nothing was changed. The backup has to come into a database of its own first, and "
            f"“{user}” may not make one. Let an administrator of PostgreSQL either allow it, by "
            f'ALTER ROLE "{user}" CREATEDB, or make an empty database for “{user}”: restore into '
            "that one, and let DATABASE_URL name it from then on."
        )
    if may_rename is False:
        raise ArchiveError(
            f"Nothing was changed. “{user}” does not own the database “{name}” and cannot put "
            "another in its place: name its owner in DATABASE_URL."
        )


def create(third, name, *, now):
    """An empty database to be put in the place of `name`, and of its kind; gives its own name."""
    scratch = _free_name(third, name, _UNFINISHED, now)
    like = _row(third, name)
    options = _options(*like) if like else []
    with third.cursor() as cursor:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(scratch))
        cursor.execute(sql.SQL(" ").join([statement, *options]))
    return scratch


def _options(row, encoding, owner, tablespace):
    # The columns have changed their names with the years.
    row = json.loads(row)
    locale = row.get("datlocale") or row.get("daticulocale")
    provider = _LOCALES.get(row.get("datlocprovider"), sql.SQL(""))
    yield provider.format(locale=sql.Literal(locale))
    yield sql.SQL("ENCODING {} LC_COLLATE {} LC_CTYPE {}").format(
        sql.Literal(encoding), sql.Literal(row["datcollate"]), sql.Literal(row["datctype"])
    )
    yield sql.SQL("OWNER {}").format(sql.Identifier(owner))
    if tablespace != "pg_default":
        yield sql.SQL("TABLESPACE {}").format(sql.Identifier(tablespace))


def _row(third, name):
    with third.cursor() as cursor:
        cursor.execute(
            "SELECT to_json(d)::text, pg_encoding_to_char(encoding), "
            "pg_get_userbyid(datdba), spcname FROM pg_database AS d "
            "JOIN pg_tablespace AS t ON t.oid = dattablespace WHERE datname = %s",
            [name],
        )
        return cursor.fetchone()


def exchange(third, scratch, name, *, now):
    """Give `scratch` the name, and the database that has it another one, both or neither.
    Returns that other name, "" where there was no such database."""
    kept = _free_name(third, name, _KEPT, now) if _row(third, name) else ""
    third.set_autocommit(False)
    try:
        with third.cursor() as cursor:
            if kept:
                _rename(cursor, name, kept)
            _rename(cursor, scratch, name)
    except OperationalError as error:
        if isinstance(error.__cause__, errors.ObjectInUse):
            raise ArchiveError(f"Meanwhile {_IN_USE.format(name)}") from error
        raise
    try:
        third.commit()
    except OperationalError as error:
        raise ArchiveError(
            f"The server went away when the databases were exchanged. If there is no “{scratch}” "
            "any more, the backup is in place; otherwise nothing was changed."
        ) from error
    third.set_autocommit(True)
    return kept


def _rename(cursor, old, new):
    cursor.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
    )


def drop(third, scratch):
    """Remove a database that `create` made. One that cannot be removed now is found later."""
    with suppress(Error):
        third.rollback()
        third.set_autocommit(True)
        with third.cursor() as cursor:
            statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            cursor.execute(statement.format(sql.Identifier(scratch)))


def left_behind(third, name):
    """Names of databases: of restores that were ended halfway, and of what others replaced."""
    names = _names(third)
    stems = [f"{_stem(name)}_{word}_" for word in (_UNFINISHED, _KEPT)]
    return [sorted(other for other in names if other.startswith(stem)) for stem in stems]


def has_settings(third, name):
    """Whether somebody has given the database itself privileges or settings."""
    with third.cursor() as cursor:
        cursor.execute(
            "SELECT datacl IS NOT NULL OR datconnlimit <> -1 OR EXISTS (SELECT FROM "
            "pg_db_role_setting WHERE setdatabase = d.oid) FROM pg_database AS d "
            "WHERE datname = %s",
            [name],
        )
        return cursor.fetchone()[0]


def _free_name(third, name, word, now):
    wanted = free = f"{_stem(name)}_{word}_{now:%Y%m%d_%H%M%S}"
    names, number = _names(third), 1
    while free in names:
        number += 1
        free = f"{wanted}_{number}"
    return free


def _stem(name):
    return name.encode()[:_STEM_BYTES].decode(errors="ignore")


def _names(third):
    with third.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall()}
