"""The one scheduled task."""

from celery import shared_task
from django.utils import timezone

from crm_portal import tick as ticking


@shared_task
def tick():
    """Do all that is due. Twice at once is harmless."""
    ticking.tick(now=timezone.now())
