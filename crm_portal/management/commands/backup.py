"""`manage.py backup FILE`: the whole database in one file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from crm_portal.lib.archives import ArchiveError, files


class Command(BaseCommand):
    help = (
        "Writes the whole database to a new file, while the portal runs. Sessions are left out. "
        "docs/operating.md says what else to keep."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="a file that is not there yet")

    def handle(self, *, file, **options):
        if file.exists():
            raise CommandError(f"{file} is there already: choose another name.")
        try:
            manifest = files.write(connection, file, now=timezone.now())
        except ArchiveError as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(f"The database of DATABASE_URL does not answer: {error}") from error
        size = filesizeformat(file.stat().st_size)
        self.stdout.write(
            f"Wrote {manifest.tables} tables with {manifest.rows} rows to {file} ({size})."
        )
        self.stdout.write(
            "Keep SECRET_KEY, LINK_KEYS and ENCRYPTION_KEYS elsewhere: they are not in it."
        )
