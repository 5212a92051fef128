"""Whoever tries personal links that do not exist is slowed down.

Counted in the default cache, a table, so that the limit holds while the broker is down. Only
misses count: a good link works as often as somebody likes, until its address is slowed down.
"""

from allauth.account.adapter import get_adapter
from django_fast_ratelimit import Action, get_ratelimit

# The 20th within a minute is slowed.
MISSES = "19/m"


def is_guessing(request):
    """Whether too many wrong links came from this address a moment ago."""
    return _limit(request, Action.PEEK).request_limit > 0


def note_miss(request):
    """Count one wrong link. Returns whether it was one too many."""
    return _limit(request, Action.INCREASE).request_limit > 0


def _limit(request, action):
    address = get_adapter(request).get_client_ip(request)
    return get_ratelimit(
        group="personal links", key=address.encode(), rate=MISSES, action=action, cache="default"
    )
