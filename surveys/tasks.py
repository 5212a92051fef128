"""Doorbells of the surveys."""

from celery import shared_task
from django.utils import timezone

from surveys.services import invitations


@shared_task
def invite(wave_id):
    """A wave has opened: write to those whom it asks. Looks at every open wave."""
    invitations.plan_letters(now=timezone.now())
