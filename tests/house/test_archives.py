"""What is no backup, or not a whole one, or not one for here, changes nothing."""

import contextlib
import dataclasses
import json
import random
import subprocess

import pytest
from django.core.management import CommandError
from django.utils import timezone

from crm_portal.embedded.postgres import BINARIES
from crm_portal.lib.archives import ArchiveError, contents, files, programs
from tests.house.second import NAME, ask, ask_nothing, different, manage, put, rows, spy

SEED = 20270301


# ---- Files that are no archive, or not any more ------------------------------------------------


def plain_dump(database, *options):
    """What `pg_dump` writes of a database, through a pipe."""
    command = [BINARIES / "pg_dump", "--format=custom", "--no-owner", *options]
    env = programs.environment(database)
    return subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE).stdout


def forged(backup, *, dump=None, **manifest):
    """The archive with another dump or manifest in it, and a checksum that is right for it."""
    archive = files.open_archive(backup)
    if dump is None:
        with archive.dump() as original:
            dump = original.read()
    said = dataclasses.replace(archive.manifest, **manifest)
    file = backup.with_name("forged.dump")
    with file.open("w+b") as output:
        output.write(files._FIRST_LINE + files._NO_SUM + json.dumps(vars(said)).encode() + b"\n")
        output.write(dump)
        digest = files._sum_of(output)
        output.seek(len(files._FIRST_LINE))
        output.write(digest)
    return file


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"Organization name,State\n", "was not written by"),
        (None, "cannot be read: No such file"),
        (b"crm-portal archive 2\n", "was written by a newer portal"),
    ],
)
def test_what_is_no_archive_replaces_nothing(
    content, complaint, in_use, restored, command, server, tmp_path
):
    before, file = rows(restored), tmp_path / "other.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=complaint):
        command(file, "--replace")
    assert rows(restored) == before
    assert server.databases() == [NAME]


@pytest.mark.parametrize("options", [[], ["--schema-only"], ["--table=django_migrations"]])
def test_plain_dump_replaces_nothing(options, in_use, restored, command, server, tmp_path):
    before, file = rows(restored), tmp_path / "plain.dump"
    file.write_bytes(plain_dump(restored, *options))
    with pytest.raises(CommandError, match="is a plain dump of pg_dump, or a backup of a portal b"):
        command(file, "--replace")
    assert rows(restored) == before
    assert server.databases() == [NAME]


def flipped(whole, place):
    """The file's bytes with one bit changed."""
    offset, bit = divmod(place, 8)
    return whole[:offset] + bytes([whole[offset] ^ 1 << bit]) + whole[offset + 1 :]


def places(whole, dice):
    """Bits of each kind of byte: of the first line, the checksum, the manifest and the dump."""
    ends = [len(files._FIRST_LINE), len(files._FIRST_LINE + files._NO_SUM), 0, len(whole)]
    ends[2] = whole.index(b"\n", ends[1]) + 1
    for start, end in zip([0, *ends], ends, strict=False):
        yield from (dice.randrange(8 * start, 8 * end) for _ in range(32))
        yield from (8 * start, 8 * end - 1)


def test_every_flipped_bit_is_noticed(backup, figure):
    whole, dice = backup.read_bytes(), random.Random(SEED)
    noticed = 0
    for place in places(whole, dice):
        backup.write_bytes(flipped(whole, place))
        with pytest.raises(ArchiveError, match=r"is damaged|was not written|newer portal"):
            files.open_archive(backup)
        noticed += 1
    figure(f"seed {SEED}: {noticed} of {noticed} single-bit flips are refused")
    backup.write_bytes(whole)
    files.open_archive(backup)


def test_flipped_bits_are_not_noticed_without_the_checks(
    backup, server, empty, restored, monkeypatch, figure
):
    """The negative control: PostgreSQL's own programs take most of them."""
    whole, dice = backup.read_bytes(), random.Random(SEED)
    start = files.open_archive(backup)._dump_at
    monkeypatch.setattr(files, "_sum_of", lambda file: whole[21:85])
    monkeypatch.setattr(contents, "check", lambda expected: "")
    taken = tried = 0
    while taken < 2 and tried < 8:
        tried += 1
        backup.write_bytes(flipped(whole, dice.randrange(8 * start, 8 * len(whole))))
        with contextlib.suppress(ArchiveError):
            put(restored, backup)
            taken += 1
            ask_nothing(restored, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    figure(f"seed {SEED}: without the checks {taken} of {tried} single-bit flips are restored")
    assert taken


@pytest.mark.parametrize("part", [0.2, 0.8, 0.9999])
def test_cut_archive_is_noticed(backup, part):
    backup.write_bytes(backup.read_bytes()[: int(backup.stat().st_size * part)])
    with pytest.raises(ArchiveError, match="is damaged or incomplete"):
        files.open_archive(backup)


def test_lengthened_archive_is_noticed(backup):
    with backup.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ArchiveError, match="is damaged or incomplete"):
        files.open_archive(backup)


# ---- What comes out is counted before it takes a place -----------------------------------------


def schema_only(backup, database):
    return forged(backup, dump=plain_dump(database, "--schema-only"))


def foreign(backup, database):
    return forged(backup, dump=plain_dump(database, "--table=django_migrations"))


def half(backup, database):
    with files.open_archive(backup).dump() as dump:
        whole = dump.read()
    return forged(backup, dump=whole[: len(whole) * 4 // 5])


def otherwise(kind, name, detail):
    """The manifest says this of one thing, and the dump something else."""

    def forge(backup, database):
        said = files.open_archive(backup).manifest.contents
        said = {**said, kind: {**said[kind], name: detail}}
        return forged(backup, contents=said)

    return forge


WRONG = {
    "schema only": (schema_only, r"has 0 rows, and the archive says \d"),
    "one table of it": (foreign, r"relation \"public\.\w+\" does not exist"),
    "half a dump": (half, "pg_restore: error: could not read from input file"),
    "one row too few": (
        otherwise("rows", "public.accounts_holiday", 2),
        "public.accounts_holiday has 1 rows, and the archive says 2",
    ),
    "another function": (
        otherwise("function", "public._pgh_attach_context", "0" * 32),
        "otherwise than the archive says: function of public._pgh_attach_context",
    ),
    "another trigger": (
        otherwise("triggers", "public.feedback_concern", "0" * 32),
        "otherwise than the archive says: triggers of public.feedback_concern",
    ),
    "a number too low": (
        otherwise("sequences", "public.accounts_holiday_id_seq", 1_000_000),
        "would give numbers that are taken: public.accounts_holiday_id_seq",
    ),
    "another migration": (
        otherwise("migration", "accounts.0000_never", "0" * 32),
        "migration of accounts.0000_never",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_archive_that_is_not_what_it_says_replaces_nothing(wrong, backup, in_use, restored, server):
    forge, complaint = WRONG[wrong]
    file, before = forge(backup, restored), rows(restored)
    restored.close()
    with pytest.raises(ArchiveError, match=f"Nothing was changed.*{complaint}"):
        put(restored, file, replace=True)
    assert rows(restored) == before
    assert server.databases() == [NAME]


def test_archive_that_is_not_what_it_says_leaves_an_empty_database_empty(backup, empty, restored):
    wrong = otherwise("rows", "public.accounts_holiday", 2)(backup, restored)
    with pytest.raises(ArchiveError, match=r"Nothing was changed: .* has 1 rows"):
        put(restored, wrong)
    assert restored.introspection.table_names() == []


CHANGES = {
    "triggers": "ALTER TABLE feedback_concern DISABLE TRIGGER USER",
    "constraints": "ALTER TABLE accounts_office DROP CONSTRAINT fiscal_month_exists",
    "indexes": "DROP INDEX letters_due",
    "columns": "ALTER TABLE accounts_holiday ALTER COLUMN name DROP NOT NULL",
    "function": "CREATE FUNCTION no_use() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "rows": "INSERT INTO accounts_installation VALUES (1, gen_random_uuid()) ON CONFLICT (id) "
    "DO NOTHING; DELETE FROM cache; DELETE FROM accounts_draft",
    "migration": "UPDATE django_migrations SET name = 'x' WHERE app = 'feedback'",
    "installation": "UPDATE accounts_installation SET key = gen_random_uuid()",
    "sequences": "SELECT nextval('accounts_holiday_id_seq')",
}


@pytest.mark.parametrize("kind", CHANGES)
def test_contents_tell_of_each_kind_of_change(kind, backup, empty, restored):
    put(restored, backup)
    with restored.cursor() as cursor:
        before = contents.of(cursor)
        cursor.execute("RESET search_path")
        cursor.execute(CHANGES[kind])
        after = contents.of(cursor)
    assert different(before, after) == {kind}


def test_rows_written_meanwhile_are_not_counted(in_use, restored, server, tmp_path, monkeypatch):
    """The counts are of the moment of which the dump is."""
    add = "INSERT INTO accounts_holiday (date, name) VALUES ('2030-07-04', 'Fourth')"
    path = spy(tmp_path, "pg_dump", f'"{BINARIES}/psql" --quiet --command="{add}"')
    monkeypatch.setenv("PATH", path, prepend=":")
    files.write(restored, tmp_path / "new.dump", now=timezone.now())
    assert ask(restored, "SELECT count(*) FROM accounts_holiday") == [(2,)]
    restored.close()
    put(restored, tmp_path / "new.dump", replace=True)
    assert ask(restored, "SELECT count(*) FROM accounts_holiday") == [(1,)]


# ---- For here? ---------------------------------------------------------------------------------


def test_backup_of_a_newer_portal_is_refused_by_name(backup, empty, restored):
    known = files.open_archive(backup).manifest.migrations
    newer = forged(backup, portal="9.9", migrations=[*known, "accounts.0999_of_tomorrow"])
    with pytest.raises(ArchiveError, match=r"newer portal \(9.9; .*: accounts.0999_of_tomorrow\."):
        put(restored, newer)
    assert restored.introspection.table_names() == []


def test_backup_of_an_older_portal_asks_for_migrate(in_use, restored, tmp_path):
    newest = "SELECT max(id) FROM django_migrations WHERE app = 'feedback'"
    ask_nothing(restored, f"DELETE FROM django_migrations WHERE id = ({newest})")
    files.write(restored, tmp_path / "old.dump", now=timezone.now())
    restored.close()
    code, said = manage("restore", tmp_path / "old.dump", "--replace", address=in_use)
    assert (code, "of an older portal: run `manage.py migrate`" in said) == (0, True), said


def test_migrations_of_an_app_that_is_gone_do_not_count(in_use, restored, tmp_path):
    gone = "INSERT INTO django_migrations (app, name, applied) VALUES ('gone', '0001', now())"
    ask_nothing(restored, gone)
    files.write(restored, tmp_path / "new.dump", now=timezone.now())
    restored.close()
    put(restored, tmp_path / "new.dump", replace=True)
    assert ask(restored, "SELECT name FROM django_migrations WHERE app = 'gone'") == [("0001",)]


def test_other_installation_is_replaced_only_by_name(backup, in_use, restored, command, server):
    ours = files.open_archive(backup).manifest.installation
    ask_nothing(restored, "UPDATE accounts_installation SET key = gen_random_uuid()")
    restored.close()
    with pytest.raises(CommandError, match=rf"is of another installation \({ours}\)"):
        command(backup, "--replace")
    with pytest.raises(CommandError, match=f"is of the installation {ours}"):
        command(backup, "--replace", "--from-installation", "0" * 32)
    assert server.databases() == [NAME]
    said = command(backup, "--replace", "--from-installation", ours)
    assert f"are of the installation {ours}" in said
    assert len(server.databases()) == 2


def test_database_before_its_first_backup_is_replaced_only_by_name(
    backup, in_use, restored, server
):
    ask_nothing(restored, "DELETE FROM accounts_installation")
    restored.close()
    with pytest.raises(ArchiveError, match=r"another installation .* \(unknown\)"):
        put(restored, backup, replace=True)
    assert server.databases() == [NAME]


def test_installation_keeps_its_number(in_use, restored, tmp_path):
    ask_nothing(restored, "DELETE FROM accounts_installation")
    said = [files.write(restored, tmp_path / name, now=timezone.now()) for name in ("one", "two")]
    assert said[0].installation == said[1].installation != ""


def test_database_before_the_migration_can_be_backed_up(in_use, restored, tmp_path):
    """Whoever installs a new version makes a backup first, and it is the new one that makes it."""
    ask_nothing(restored, "DROP TABLE accounts_installation")
    manifest = files.write(restored, tmp_path / "old.dump", now=timezone.now())
    restored.close()
    assert manifest.installation == ""
    put(restored, tmp_path / "old.dump", replace=True, from_installation="unknown")


def test_other_database_gives_no_archive(empty, restored, tmp_path):
    with pytest.raises(ArchiveError, match="not the database of a portal"):
        files.write(restored, tmp_path / "new.dump", now=timezone.now())
    assert list(tmp_path.iterdir()) == []
