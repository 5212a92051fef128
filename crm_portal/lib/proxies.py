"""From which address a request comes. A proxy is believed if the settings name its address."""

import ipaddress
import re

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

# Said by proxies, and by whoever pretends to be one.
HEADERS = ("HTTP_FORWARDED", "HTTP_X_REAL_IP")
HEADER_PREFIX = "HTTP_X_FORWARDED_"
# A server that listens on a Unix socket knows no address of who connects.
UNIX_SOCKET = "unix"
# Some proxies write the port too: 192.0.2.1:4711 or [2001:db8::1]:4711.
_WITH_PORT = re.compile(r"(?:(\d+\.\d+\.\d+\.\d+)|\[([^]]+)\])(?::\d+)?")


def parse_proxies(names):
    """The networks, and UNIX_SOCKET, of a setting. Raises ImproperlyConfigured for another word."""
    try:
        return [
            name if name == UNIX_SOCKET else ipaddress.ip_network(name, strict=False)
            for name in names
        ]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"Write TRUSTED_PROXIES like 10.0.0.5,10.1.0.0/16, or {UNIX_SOCKET}: {error}."
        ) from None


class ClientAddressMiddleware:
    """Sets REMOTE_ADDR to the client's address. What is said to be forwarded is dropped when no
    trusted proxy says it. Stands before everything that asks who is there."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        peer = request.META.get("REMOTE_ADDR", "")
        if _is_trusted(peer, settings.TRUSTED_PROXIES):
            forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
            request.META["REMOTE_ADDR"] = client_address(peer, forwarded, settings.TRUSTED_PROXIES)
        else:
            for name in [*request.META]:
                if name in HEADERS or name.startswith(HEADER_PREFIX):
                    del request.META[name]
        return self.get_response(request)


def client_address(peer, forwarded, trusted):
    """The nearest address that is no trusted proxy's, from the nearest hop to the farthest.

    With fewer hops than there are proxies, or one that is no address, the last good one counts.
    """
    hops = forwarded.split(",") if forwarded else []
    while hops and _is_trusted(peer, trusted):
        hop = _address(hops.pop())
        if hop is None:
            break
        peer = str(hop)
    return peer


def _is_trusted(text, trusted):
    address = _address(text)
    if address is None:
        return not text and UNIX_SOCKET in trusted
    return any(network != UNIX_SOCKET and address in network for network in trusted)


def _address(text):
    text = text.strip()
    if found := _WITH_PORT.fullmatch(text):
        text = found[1] or found[2]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
