"""Doorbells of this app."""

from celery import shared_task
from django.utils import timezone

from accounts import office
from feedback.services import concerns
from surveys.models import Response


@shared_task
def raise_concerns(response_id=None):
    """Read one response, or without a number whatever was not read yet."""
    office.forget()
    now = timezone.now()
    if response_id is None:
        concerns.raise_from_new_responses(now=now)
        return
    response = Response.objects.filter(pk=response_id).first()
    if response is not None:
        concerns.raise_from_response(response=response, now=now)
