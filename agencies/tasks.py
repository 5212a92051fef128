"""Doorbells of this app."""

from celery import shared_task
from django.utils import timezone

from agencies.services import import_work


@shared_task
def work_on_imports(draft_id):
    """A spreadsheet waits for a worker. Looks at every one that does."""
    import_work.work(now=timezone.now())
