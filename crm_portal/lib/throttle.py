"""Whoever tries keys that open nothing is slowed down: keys of personal links and of accounts.

Counted in the default cache, a table, so that the limit holds while the broker is down. Only
misses count: a good link works as often as somebody likes, until its address is slowed down.
"""

import ipaddress
import re
import time
from functools import lru_cache

import structlog
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

log = structlog.get_logger(__name__)

# So many misses are free; the next one within a minute of the first is slowed down.
FREE_MISSES = 19
SECONDS = 60
# A process that has seen an address slowed down asks the table again after so many seconds.
SECONDS_KNOWN = 2
# The pages that a key in the address opens. For an address that is slowed down the function says
# whether a key is good all the same; where there is none, nothing opens until the minute is over.
DOORS = [
    (re.compile(r"/s/([^/]+)"), "surveys.access.is_good_link"),
    (re.compile(r"/r/([^/]+)"), ""),
    (re.compile(r"/accounts/password/reset/key/\w+-(?!set-password/)([^/]+)/"), ""),
    (re.compile(r"/accounts/confirm-email/([^/]+)/"), ""),
]

# It stands before those who say this for the other pages.
HEADERS = {
    "Retry-After": "60",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

# Address → until when it is known to be slowed down.
_known: dict[str, float] = {}


class GuessMiddleware:
    """Refuses a guess from an address that is slowed down before any work is done for it, so that
    a flood of guesses costs next to nothing. The views count the misses."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        for pattern, is_good in DOORS:
            if found := pattern.fullmatch(request.path):
                if is_guessing(request) and not (is_good and import_string(is_good)(found[1])):
                    return too_many()
                break
        return self.get_response(request)


def is_guessing(request):
    """Whether too many wrong keys came from this address a moment ago."""
    address = _address(request)
    if _known.get(address, 0) > time.monotonic():
        return True
    return _is_slowed(address, cache.get(_name(address), (0, 0))[0])


def note_miss(request):
    """Count one wrong key. Returns whether it was one too many."""
    if is_guessing(request):
        return True
    address = _address(request)
    with transaction.atomic(), connection.cursor() as cursor:
        # The cache reads, then writes: of two misses at once, one would not count.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [address])
        now = time.time()
        count, until = cache.get(_name(address), (0, now + SECONDS))
        cache.set(_name(address), (count + 1, until), max(1, until - now))
    if count == FREE_MISSES:
        log.warning("guesses_slowed", address=address)
    return _is_slowed(address, count + 1)


def _is_slowed(address, count):
    if count <= FREE_MISSES:
        return False
    if len(_known) > 10_000:
        _known.clear()
    _known[address] = time.monotonic() + SECONDS_KNOWN
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


def _address(request):
    """Who asks; "" where nobody can tell. A line of the new internet has 2⁶⁴ addresses, which
    count as one."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return ""
    if address.version == 6 and not address.ipv4_mapped:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _name(address):
    return f"misses:{address}"


@lru_cache(maxsize=1)
def _page():
    return render_to_string("429.html").encode()
