"""What every answer says about itself, whoever gives it."""

import pytest
from django.core.cache import cache
from django.test import Client

from crm_portal.lib import throttle

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": None,
    "Strict-Transport-Security": None,
    "Content-Security-Policy": None,
}


@pytest.fixture
def https(settings):
    settings.SECURE_HSTS_SECONDS = 63072000
    settings.SECURE_SSL_REDIRECT = True


def missing(answer):
    return [
        name
        for name, value in WANTED.items()
        if name not in answer.headers or value not in (None, answer[name])
    ]


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/accounts/login/", "/nothing/", "/sw.js", "/offline/", "/static/js/portal.js",
     "/s/wrong", "/admin/"],
)  # fmt: skip
def test_every_answer_keeps_browsers_in_line(client, db, https, path):
    assert missing(client.get(path, secure=True)) == []


def test_so_does_the_one_to_guesses(client, db, https):
    cache.clear()
    guesser = Client(REMOTE_ADDR="203.0.113.9")
    for number in range(throttle.FREE_MISSES + 2):
        answer = guesser.get(f"/s/wrong{number}", secure=True)
    assert answer.status_code == 429
    assert missing(answer) == []
    cache.clear()


def test_machines_inside_ask_for_health_without_tls(client, db, https):
    assert client.get("/healthz").status_code in {200, 503}
    assert client.get("/accounts/login/").status_code == 301
