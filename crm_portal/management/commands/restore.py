"""`manage.py restore FILE`: a database from what `manage.py backup` wrote."""

from contextlib import suppress
from pathlib import Path

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from crm_portal.lib.archives import ArchiveError, databases, files, restoring


class Command(BaseCommand):
    help = (
        "Fills an empty database, or one that is not there yet, from a file of `manage.py backup`, "
        "completely or not at all. Everybody has to sign in again."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace",
            action="store_true",
            help="put it in the place of a database with something in it, which is kept under "
            "another name; stop the portal first",
        )
        parser.add_argument(
            "--from-installation",
            default="",
            metavar="ID",
            help="replace the database although the backup is of this other installation",
        )

    def handle(self, *, file, replace, from_installation, **options):
        self._name_left_behind()
        try:
            archive = files.open_archive(file)
            kept = restoring.restore(
                connection,
                archive,
                replace=replace,
                from_installation=from_installation,
                now=timezone.now(),
            )
        except ArchiveError as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(f"The database of DATABASE_URL does not answer: {error}") from error
        with connection.cursor() as cursor:
            # A backup carries no statistics, and without them lists are slow for an hour.
            cursor.execute("ANALYZE")
        self._report(file, archive.manifest)
        if kept:
            self._report_kept(kept)
        self._report_next()

    def _name_left_behind(self):
        name = connection.settings_dict["NAME"]
        with suppress(ArchiveError), databases.third(connection) as third:
            unfinished, kept = databases.left_behind(third, name)
            for other in unfinished:
                self.stdout.write(
                    f"“{other}” is of a restore that runs now or was ended halfway. If none runs: "
                    f'DROP DATABASE "{other}"'
                )
            for other in kept:
                self.stdout.write(f"“{other}” is what an earlier restore replaced.")

    def _report(self, file, manifest):
        name = connection.settings_dict["NAME"]
        whose = f"the installation {manifest.installation or restoring.UNKNOWN}"
        self.stdout.write(
            f"Restored {manifest.tables} tables from {file} into the database “{name}”. Their "
            f"{manifest.rows} rows are of {whose}, as of {manifest.made_at}."
        )

    def _report_kept(self, kept):
        name = connection.settings_dict["NAME"]
        self.stdout.write(
            f"What was there before is kept as “{kept}”. Back to it, with the portal stopped and "
            f'connected to another database: ALTER DATABASE "{name}" RENAME TO "{name}_restored"; '
            f'ALTER DATABASE "{kept}" RENAME TO "{name}". When it is not wanted any more: '
            f'DROP DATABASE "{kept}"'
        )
        with databases.third(connection) as third:
            if databases.has_settings(third, kept):
                self.stdout.write(
                    "It has privileges or settings of its own (\\l and \\drds in psql), which the "
                    "new one does not have: give them again."
                )

    def _report_next(self):
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
