"""`manage.py restore FILE`: a database from what `manage.py backup` wrote."""

from pathlib import Path

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from crm_portal.lib import archives

_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
    AND pid <> pg_backend_pid()
"""


class Command(BaseCommand):
    help = (
        "Fills an empty database from a file of `manage.py backup`, completely or not at all. "
        "Everybody has to sign in again."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace",
            action="store_true",
            help="remove everything that is in the database now; stop the portal first",
        )

    def handle(self, *, file, replace, **options):
        if not file.is_file():
            raise CommandError(f"{file} is not there: name a file that `manage.py backup` wrote.")
        try:
            tables = archives.tables_in(connection, file)
            self._check_database(replace)
            connection.close()
            archives.read(connection, file, replace=replace)
        except archives.ArchiveError as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(f"The database of DATABASE_URL does not answer: {error}") from error
        with connection.cursor() as cursor:
            # A backup carries no statistics, and without them lists are slow for an hour.
            cursor.execute("ANALYZE")
        self._report(file, len(tables))

    def _check_database(self, replace):
        name = connection.settings_dict["NAME"]
        if not replace and connection.introspection.table_names(include_views=True):
            raise CommandError(
                f"The database “{name}” is not empty, and nothing was changed: make an empty one, "
                "or add --replace to lose what is in it."
            )
        with connection.cursor() as cursor:
            cursor.execute(_OTHERS)
            others = cursor.fetchone()[0]
        if others:
            raise CommandError(
                f"{others} others are connected to the database “{name}”: stop the portal's web, "
                "worker and beat first."
            )

    def _report(self, file, count):
        name = connection.settings_dict["NAME"]
        self.stdout.write(f"Restored {count} tables from {file} into the database “{name}”.")
        migrations = MigrationExecutor(connection)
        if migrations.migration_plan(migrations.loader.graph.leaf_nodes()):
            self.stdout.write("It is of an older portal: run `manage.py migrate` before you start.")
            return
        waiting = apps.get_model("outbox.Letter").objects.unsettled().count()
        if waiting:
            self.stdout.write(
                f"{waiting} letters waited when the backup was made and go out when the worker "
                "starts, even if they have gone out since: docs/operating.md."
            )
