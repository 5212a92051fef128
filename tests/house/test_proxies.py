"""From which address a request comes, whoever pretends what."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from crm_portal.lib.proxies import ClientAddressMiddleware, client_address, parse_proxies

PROXY, INNER, CLIENT = "10.0.0.5", "10.0.0.6", "203.0.113.9"
TRUSTED = parse_proxies(["10.0.0.0/24", "fd00::/8"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (CLIENT, "", CLIENT),
        (PROXY, CLIENT, CLIENT),
        (INNER, f"{CLIENT}, {PROXY}", CLIENT),
        # The client's own inventions stand before what the proxy has added.
        (PROXY, f"1.2.3.4, 5.6.7.8, {CLIENT}", CLIENT),
        (INNER, f"1.2.3.4,{CLIENT},{PROXY}", CLIENT),
        # Fewer hops than proxies: the nearest address counts.
        (INNER, PROXY, PROXY),
        (PROXY, "", PROXY),
        (PROXY, ", ,", PROXY),
        (PROXY, "unknown", PROXY),
        (PROXY, f"{CLIENT}, <script>", PROXY),
        (PROXY, f"{CLIENT}:4711", CLIENT),
        ("fd00::1", "[2001:db8::7]:443", "2001:db8::7"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        # As a server that listens on both kinds of address writes an old one.
        (f"::ffff:{PROXY}", CLIENT, CLIENT),
    ],
)
def test_the_nearest_address_that_is_no_proxy_of_ours_counts(peer, forwarded, client):
    assert client_address(peer, forwarded, TRUSTED) == client


def test_a_proxy_on_a_unix_socket_has_no_address():
    assert client_address("", CLIENT, parse_proxies(["unix"])) == CLIENT
    assert client_address("", CLIENT, TRUSTED) == ""


def seen_behind(settings, proxies, peer, **headers):
    """What the portal makes of a request: its address, whether it came by TLS, and its headers."""
    settings.TRUSTED_PROXIES = parse_proxies(proxies)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    seen = {}

    def view(request):
        seen.update(
            address=request.META["REMOTE_ADDR"],
            is_secure=request.is_secure(),
            headers={name for name in request.headers if "Forward" in name or "Real" in name},
        )
        return HttpResponse()

    ClientAddressMiddleware(view)(RequestFactory(REMOTE_ADDR=peer, headers=headers).get("/"))
    return seen


PRETENDED = {
    "X-Forwarded-For": CLIENT, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example",
    "X-Real-Ip": CLIENT, "Forwarded": f"for={CLIENT};proto=https",
}  # fmt: skip


@pytest.mark.parametrize("proxies", [[], ["10.0.0.0/24"]])
def test_whoever_is_no_proxy_of_ours_is_not_believed(settings, proxies):
    seen = seen_behind(settings, proxies, "198.51.100.7", **PRETENDED)
    assert seen == {"address": "198.51.100.7", "is_secure": False, "headers": set()}


def test_a_proxy_of_ours_is_believed(settings):
    seen = seen_behind(settings, ["10.0.0.0/24"], PROXY, **PRETENDED)
    assert (seen["address"], seen["is_secure"]) == (CLIENT, True)


def test_every_page_answers_whatever_is_said_to_be_forwarded(client, db, settings):
    settings.TRUSTED_PROXIES = parse_proxies(["127.0.0.1"])
    for forwarded in ("", ",", "x", "1.2.3.4", "::1", "a" * 5000, "1.2.3.4,,5", "%00", "[::1"):
        headers = {"X-Forwarded-For": forwarded}
        answer = client.post(
            "/accounts/login/", {"login": "a@b.c", "password": "x"}, headers=headers
        )
        assert answer.status_code == 200, forwarded
