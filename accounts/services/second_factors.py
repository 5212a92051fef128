"""Second factors: taking them away from somebody who has lost them, and their stored secrets."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q

from accounts.history import service
from accounts.services import sessions
from crm_portal import letters
from crm_portal.lib import encryption

# The columns of `Authenticator.data` that are secret. A passkey's is its public half.
SECRETS = ("secret", "seed")


@service
def reset_second_factors(*, user, by, now):
    """Take away every second factor and passkey of the user, end their sessions, and tell them.

    Returns how many there were; without any, nothing happens.
    """
    count = Authenticator.objects.filter(user=user).delete()[0]
    if count:
        sessions.end_sessions(user=user, by=by)
        letters.plan(
            purpose="account",
            subject=f"user:{user.pk}",
            kind="second_factor_reset",
            seq=user.session_version,
            recipient=user.email,
            recipient_name=user.name,
            details={"by": by.name},
            now=now,
        )
    return count


def encrypt_with_newest_key():
    """Encrypt what an older portal, or an older key, has written. Returns how many rows changed.

    Afterwards no row needs the older keys of ENCRYPTION_KEYS. One whose key is gone stays as it
    is: its user asks an administrator to reset it.
    """
    newest = encryption.prefix_of_newest()
    is_old = Q()
    for name in SECRETS:
        is_old |= Q(**{f"data__{name}__isnull": False}) & ~Q(
            **{f"data__{name}__startswith": newest}
        )
    count = 0
    for pk in Authenticator.objects.filter(is_old).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if row is not None and (fresh := _encrypted_anew(row.data)):
                row.data |= fresh
                row.save(update_fields=["data"])
                count += 1
    return count


def _encrypted_anew(data):
    """{column: the same secret under the newest key}, of those that need it."""
    fresh = {}
    for name in SECRETS:
        stored = data.get(name)
        if stored is None or stored.startswith(encryption.prefix_of_newest()):
            continue
        try:
            text = encryption.decrypt(stored) if encryption.is_encrypted(stored) else stored
        except encryption.CannotDecrypt:
            continue
        fresh[name] = encryption.encrypt(text)
    return fresh
