"""Ends sessions: each carries the number that its user had when it began."""

from accounts.history import service
from accounts.models import User


@service
def end_sessions(*, user, by):
    """End every session of the user, and forget the devices in which they have signed in.

    A view that keeps its own session calls `update_session_auth_hash` with the same user. A second
    call ends those that began in between.
    """
    row = User.objects.select_for_update().get(pk=user.pk)
    row.session_version += 1
    row.save(update_fields=["session_version"])
    user.session_version = row.session_version
