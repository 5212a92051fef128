"""`manage.py load_demo`: an invented office with three years behind it."""

import datetime as dt
import gc

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import office
from dashboards.demo.founding import is_half
from dashboards.demo.living import live
from dashboards.demo.organisations import is_settled
from dashboards.demo.surveying import PAST_WAVES

SEED = 7
LEAST, MOST = 0.2, 1.0


class Command(BaseCommand):
    help = (
        "Fills an empty database with an invented office: three years of meetings, surveys, "
        "concerns and actions, made day by day by the portal's own services."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there is an office already"
        )
        parser.add_argument("--seed", type=int, default=SEED, help="another number, another past")
        parser.add_argument("--today", help="the day that it leads up to, e.g. 2027-03-01")
        parser.add_argument(
            "--scale", type=float, default=MOST, help=f"{LEAST} to {MOST}: a smaller office, faster"
        )
        parser.add_argument(
            "--years",
            type=int,
            default=PAST_WAVES,
            choices=range(1, PAST_WAVES + 1),
            help="how many past surveys",
        )

    def handle(self, *, if_empty, seed, today, scale, years, **options):
        if is_half():
            raise CommandError(
                "The loading of the demo was cut short, and this database holds half an office. "
                "Make the database anew, then load the demo again."
            )
        if is_settled():
            if if_empty:
                self.stdout.write("There is an office already; nothing was done.")
                return
            raise CommandError("This database is in use. Load the demo into an empty one.")
        if not LEAST <= scale <= MOST:
            raise CommandError(f"--scale takes a number from {LEAST} to {MOST}.")
        # Millions of short-lived objects in hardly any cycles: looking for these takes a tenth of
        # the time.
        gc.disable()
        try:
            accounts = live(seed=seed, today=self._date(today), scale=scale, years=years)
        finally:
            gc.enable()
        self._write_down(accounts)
        self.stdout.write("The demo office is ready. Sign in as")
        self.stdout.write(_table(accounts))

    @staticmethod
    def _date(text):
        if not text:
            office.forget()
            return office.local_date(timezone.now())
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise CommandError(f"“{text}” is not a date. Write it like 2027-03-01.") from None

    @staticmethod
    def _write_down(accounts):
        """Where the launcher finds them."""
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        path = settings.VAR_DIR / "demo-accounts.txt"
        path.write_text(_table(accounts) + "\n", encoding="utf-8")


def _table(accounts):
    rows = [(one.name, one.role, one.email, one.password) for one in accounts]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
