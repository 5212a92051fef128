"""Counts again what pages read instead of the history."""

from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

# Named as strings: apps above this one have summaries too.
REBUILDS = ["agencies.services.summaries.rebuild", "surveys.services.summaries.rebuild"]


class Command(BaseCommand):
    help = "Count all summaries again from the rows that they sum up. Harmless at any time."

    def handle(self, **options):
        for path in REBUILDS:
            self.stdout.write(f"{path}: {import_string(path)()}")
