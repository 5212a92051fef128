"""`manage.py tick`: do all that is due, once, without a broker."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from crm_portal.tick import tick


class Command(BaseCommand):
    help = "Does all that is due, once, without a broker. A system timer can replace beat with it."

    def add_arguments(self, parser):
        parser.add_argument("--at", help="pretend that it is this instant: 2027-03-01T09:00+00:00")

    def handle(self, *, at, **options):
        failed = tick(now=self._instant(at) if at else timezone.now())
        if failed:
            raise CommandError("These steps failed, see the log: " + ", ".join(failed))
        self.stdout.write("Done.")

    @staticmethod
    def _instant(text):
        try:
            instant = parse_datetime(text)
        except ValueError:
            instant = None
        if instant is None:
            raise CommandError(f"“{text}” is not an instant. Write it like 2027-03-01T09:00+00:00.")
        if timezone.is_naive(instant):
            instant = instant.replace(tzinfo=timezone.get_fixed_timezone(0))
        return instant
