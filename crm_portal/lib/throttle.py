"""Whoever tries keys that open nothing is slowed down: keys of personal links and of accounts.

Only misses count, and only misses are refused: a good link works as often as somebody likes, also
from a network from which somebody else guesses.
"""

import ipaddress
import re
import time
from functools import lru_cache

import structlog
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

from crm_portal.lib import counters

log = structlog.get_logger(__name__)

# So many misses are free; the next one within a minute of the first is slowed down.
FREE_MISSES = 19
SECONDS = 60
# A process that has seen a network slowed down asks the table again after so many seconds.
SECONDS_KNOWN = 2
# The pages that a key in the address opens, and who says whether a key is good. That is asked once
# for each guess of a flood: one statement, and nothing is written.
DOORS = [
    (re.compile(r"/s/(?P<token>[^/]+)"), "surveys.access.is_good_link"),
    (re.compile(r"/r/(?P<token>[^/]+)"), "feedback.access.is_good_link"),
    (re.compile(r"/a/(?P<token>[^/]+)"), "accounts.links.is_good_link"),
    (
        re.compile(
            r"/accounts/password/reset/key/(?P<uidb36>\w+)-(?!set-password/)(?P<key>[^/]+)/"
        ),
        "accounts.links.is_good_reset_key",
    ),
]

HEADERS = {"Retry-After": "60", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

# Network → until when it is known to be slowed down.
_known: dict[str, float] = {}


class GuessMiddleware:
    """Refuses a wrong key from a network that is slowed down before any work is done for it: a
    flood of guesses costs next to nothing. The views count the misses."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        for pattern, is_good in DOORS:
            if found := pattern.fullmatch(request.path):
                if is_guessing(request) and not import_string(is_good)(**found.groupdict()):
                    return too_many()
                break
        return self.get_response(request)


def is_guessing(request):
    """Whether too many wrong keys came from this network a moment ago."""
    network = network_of(request)
    if _known.get(network, 0) > time.monotonic():
        return True
    return _is_slowed(network, counters.count(_name(network)))


def note_miss(request):
    """Count one wrong key. Returns whether it was one too many."""
    if is_guessing(request):
        return True
    network = network_of(request)
    count = counters.add(_name(network), seconds=SECONDS)
    if count == FREE_MISSES + 1:
        log.warning("guesses_slowed", network=network)
    return _is_slowed(network, count)


def _is_slowed(network, count):
    if count <= FREE_MISSES:
        return False
    if len(_known) > 10_000:
        _known.clear()
    _known[network] = time.monotonic() + SECONDS_KNOWN
    return True


def too_many():
    """The page that asks to wait. Not written to the log once more for each guess."""
    page = _page()
    response = HttpResponse(page, status=429, headers=HEADERS | {"Content-Length": str(len(page))})
    response._has_been_logged = True
    return response


def forget():
    """Ask the table again. For tests, which empty it."""
    _known.clear()


def network_of(request):
    """Where a request comes from; "" where nobody can tell. A line of the new internet has 2⁶⁴
    addresses, which count as one."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return ""
    if address.version == 6 and not address.ipv4_mapped:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _name(network):
    return f"misses:{network}"


@lru_cache(maxsize=1)
def _page():
    return render_to_string("429.html").encode()
