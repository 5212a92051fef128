"""Doorbells: look at the letters now."""

from celery import shared_task
from django.utils import timezone

from outbox.services import sending


@shared_task
def send_due(**_facts):
    """Whatever has rung (see `crm_portal.events`), the rows say what is due."""
    sending.send_due(now=timezone.now())


@shared_task
def reap():
    sending.reap(now=timezone.now())
