"""Rows that nobody needs any more, and secrets under an older key. A step of each tick."""

from datetime import timedelta

from django.contrib.sessions.models import Session

from accounts.models import AddressChange, Submission
from accounts.services.addresses import LINK_LIFE
from accounts.services.second_factors import encrypt_with_newest_key

# A clock that was ahead for a while must not end a session that is still good.
KEEP_SESSIONS = timedelta(days=1)
# How long a form that is sent a second time is known to be the same.
KEEP_FORM_KEYS = timedelta(days=90)
# A tick does not stand still for a table that was never cleaned.
MOST_AT_ONCE = 5_000


def clean_up(*, now):
    """Delete ended sessions, old keys of forms, and links that are too old to confirm an address;
    encrypt second factors with the newest key. A second call finds nothing to do."""
    _delete(Session.objects.filter(expire_date__lt=now - KEEP_SESSIONS))
    _delete(Submission.objects.filter(created_at__lt=now - KEEP_FORM_KEYS))
    _delete(AddressChange.objects.filter(asked_at__lt=now - LINK_LIFE))
    encrypt_with_newest_key()


def _delete(rows):
    keys = list(rows.values_list("pk", flat=True)[:MOST_AT_ONCE])
    if keys:
        rows.model.objects.filter(pk__in=keys).delete()
