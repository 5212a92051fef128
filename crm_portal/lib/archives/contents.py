"""What a database holds, in names, counts and hashes: an archive carries them, and the database
that comes out of it must show the same."""

import json

from psycopg import sql

from crm_portal.lib.archives import ArchiveError
from crm_portal.lib.archives.programs import WITHOUT_ROWS

# Everything is named with its schema, by both who write this down and who compare: format_type
# and regproc leave the schema out where the search path has it.
NO_PATH = "SELECT set_config('search_path', '', true)"

# Not what PostgreSQL has of itself, nor what an extension brought along.
_OURS = """
    FROM {catalog} AS thing JOIN pg_namespace AS home ON home.oid = {home}
    WHERE nspname !~ '^(pg_|information_schema$)' AND NOT EXISTS (
        SELECT FROM pg_depend
        WHERE classid = '{catalog}'::regclass AND objid = thing.oid AND deptype = 'e')
"""
_RELATIONS = "SELECT thing.oid, relkind, format('%I.%I', nspname, relname) AS name" + _OURS.format(
    catalog="pg_class", home="relnamespace"
)
_FUNCTIONS = "SELECT thing.*, format('%I.%I', nspname, proname) AS name" + _OURS.format(
    catalog="pg_proc", home="pronamespace"
)

# Hashed, for what PostgreSQL says the same way after a restore: it spells expressions otherwise
# when it has read them a second time. Not the constraints of NOT NULL, which have no name before
# PostgreSQL 18, nor invalid indexes, which pg_dump leaves out.
_SHAPE = f"""
WITH relation AS ({_RELATIONS}), part (kind, name, detail) AS (
    SELECT 'columns', name, concat_ws(' ', attname, format_type(atttypid, atttypmod),
        attnotnull, atthasdef, attidentity, attgenerated)
    FROM relation JOIN pg_attribute ON attrelid = relation.oid
    WHERE relkind IN ('r', 'p', 'v', 'm') AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'constraints', name, concat_ws(' ', conname, contype, convalidated, condeferrable)
    FROM relation JOIN pg_constraint ON conrelid = relation.oid WHERE contype <> 'n'
    UNION ALL
    SELECT 'indexes', name, concat_ws(' ', indexrelid::regclass, indisunique)
    FROM relation JOIN pg_index ON indrelid = relation.oid WHERE indisvalid
    UNION ALL
    SELECT 'triggers', name, concat_ws(' ', tgname, tgenabled, tgtype, tgfoid::regproc)
    FROM relation JOIN pg_trigger ON tgrelid = relation.oid WHERE NOT tgisinternal
    UNION ALL
    SELECT 'function', name, concat_ws(' ', pg_get_function_identity_arguments(oid), md5(prosrc),
        proconfig)
    FROM ({_FUNCTIONS}) AS ours
    UNION ALL
    SELECT 'migration', app || '.' || name, '' FROM public.django_migrations
    UNION ALL {{installation}}
)
SELECT kind, name, md5(string_agg(detail, ';' ORDER BY detail COLLATE "C")) AS detail
FROM part GROUP BY kind, name
"""  # noqa: S608
_INSTALLATION = "SELECT 'installation', key::text, '' FROM public.accounts_installation"
_NO_INSTALLATION = "SELECT '', '', '' WHERE false"

# A number that was drawn and not used is as good as one that is in a row.
_SEQUENCES = f"""
    SELECT name, coalesce(pg_sequence_last_value(oid), 0) FROM ({_RELATIONS}) AS ours
    WHERE relkind = 'S'
"""  # noqa: S608


def is_empty(cursor):
    """Whether nothing is in the database but what extensions brought along."""
    cursor.execute(f"SELECT NOT EXISTS ({_RELATIONS}) AND NOT EXISTS ({_FUNCTIONS})")
    return cursor.fetchone()[0]


def installation_of(cursor):
    """The installation that the database belongs to; "" before its first backup, or when no
    portal has it."""
    if not _has(cursor, "public.accounts_installation"):
        return ""
    cursor.execute("SELECT key FROM public.accounts_installation")
    return str((cursor.fetchone() or [""])[0])


def name_installation(cursor):
    """Give the database's installation its number, if it has none yet."""
    # Asked first: a standby server refuses even a row that would not be written.
    if _has(cursor, "public.accounts_installation") and not installation_of(cursor):
        cursor.execute(
            "INSERT INTO public.accounts_installation (id, key) VALUES (1, gen_random_uuid()) "
            "ON CONFLICT DO NOTHING"
        )


def of(cursor):
    """{kind: {name: detail}} of the database, as the cursor's transaction sees it."""
    if not _has(cursor, "public.django_migrations"):
        raise ArchiveError("This is not the database of a portal: DATABASE_URL names another one?")
    found = {}
    cursor.execute(NO_PATH)
    cursor.execute(_shape(with_installation=bool(installation_of(cursor))))
    for kind, name, detail in cursor.fetchall():
        found.setdefault(kind, {})[name] = detail
    cursor.execute(_SEQUENCES)
    found["sequences"] = dict(cursor.fetchall())
    found["rows"] = _rows(cursor)
    return found


def _rows(cursor):
    cursor.execute(f"SELECT name FROM ({_RELATIONS}) AS ours WHERE relkind = 'r'")  # noqa: S608
    tables = sorted(name for (name,) in cursor.fetchall())
    left_out = {f"public.{table}" for table in WITHOUT_ROWS}
    counts = dict.fromkeys(tables, 0)
    for table in tables:
        if table not in left_out:
            cursor.execute(f"SELECT count(*) FROM ONLY {table}")  # noqa: S608
            counts[table] = cursor.fetchone()[0]
    return counts


def check(contents):
    """A statement that fails, and says why, in a database that holds anything else."""
    expected = sql.Literal(json.dumps(contents)).as_string(None)
    shape = _shape(with_installation="installation" in contents)
    return f"{NO_PATH};\n{_EXPECTED.format(expected)};\n{_CHECK.format(shape, _SEQUENCES)};"


def _shape(*, with_installation):
    return _SHAPE.format(installation=_INSTALLATION if with_installation else _NO_INSTALLATION)


def _has(cursor, table):
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
    return cursor.fetchone()[0]


_EXPECTED = """
CREATE TEMPORARY TABLE expected ON COMMIT DROP AS
    SELECT kind.key AS kind, part.key AS name, part.value AS detail
    FROM json_each({}) AS kind, json_each_text(kind.value) AS part
"""

_CHECK = """
DO $check$
DECLARE
    wrong text;
    line record;
    number bigint;
BEGIN
    FOR line IN SELECT name, detail::bigint AS count FROM pg_temp.expected WHERE kind = 'rows'
    LOOP
        EXECUTE 'SELECT count(*) FROM ONLY ' || line.name INTO number;
        IF number <> line.count THEN
            RAISE EXCEPTION '% has % rows, and the archive says %.', line.name, number, line.count;
        END IF;
    END LOOP;
    SELECT string_agg(format('%s of %s', kind, name), ', ') INTO wrong FROM (
        SELECT kind, name FROM ({}) AS found
        FULL JOIN (SELECT * FROM pg_temp.expected WHERE kind NOT IN ('rows', 'sequences')) AS wanted
        USING (kind, name) WHERE found.detail IS DISTINCT FROM wanted.detail
        ORDER BY kind, name LIMIT 5
    ) AS different;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'This is otherwise than the archive says: %.', wrong;
    END IF;
    SELECT string_agg(name, ', ') INTO wrong FROM pg_temp.expected
    LEFT JOIN ({}) AS found (name, last) USING (name)
    WHERE kind = 'sequences' AND (last < detail::bigint OR last IS NULL);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'These would give numbers that are taken: %.', wrong;
    END IF;
END $check$
"""
