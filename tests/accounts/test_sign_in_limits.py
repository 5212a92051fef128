"""Wrong passwords slow down who guesses; the owner gets in by a known device or a letter."""

import re
import threading
from types import SimpleNamespace

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import devices, sign_in_limits
from accounts.sign_in_limits import MOST_AT_ACCOUNT, MOST_FROM_NETWORK, Attempt, pause_after
from outbox.services.sending import send_due

PASSWORD = "correct horse battery"
HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted(db):
    """The cache's table is no model's and outlives a test."""
    cache.clear()


@pytest.fixture
def owner(cco):
    cco.set_password(PASSWORD)
    cco.save()
    return cco


@pytest.fixture
def clock():
    with time_machine.travel("2027-03-03T16:00Z", tick=False) as clock:
        yield clock


def sign_in(client, email="cco@oit.example", password=PASSWORD, **environ):
    """What the form says: "in", "wrong", or how long to wait."""
    answer = client.post(
        reverse("account_login"), {"login": email, "password": password}, **environ
    )
    if answer.status_code == 302:
        return "in"
    text = " ".join(answer.context["form"].non_field_errors())
    found = re.search(r"Wait (\d+ \w+)", text)
    return found[1] if found else "wrong"


def test_five_wrong_passwords_make_that_network_wait_and_nobody_else(owner, clock):
    guesser = Client(REMOTE_ADDR=ELSEWHERE)
    assert [sign_in(guesser, password="wrong") for _ in range(6)] == ["wrong"] * 5 + ["15 seconds"]
    # Not even with the right one, there.
    assert sign_in(guesser) == "15 seconds"
    assert sign_in(Client(REMOTE_ADDR=HERE)) == "in"


def test_each_more_wrong_password_doubles_the_wait(owner, clock):
    guesser, waits = Client(REMOTE_ADDR=ELSEWHERE), []
    for failures in range(1, 14):
        assert sign_in(guesser, password="wrong") == "wrong"
        waits.append(sign_in_limits.pause_after(failures))
        clock.shift(waits[-1] + 1)
    assert waits == [0] * 4 + [15, 30, 60, 120, 240, 480, 900, 900, 900]
    assert sign_in(guesser) == "in"
    # Whoever owns it begins anew.
    assert sign_in(Client(REMOTE_ADDR=ELSEWHERE), password="wrong") == "wrong"
    assert sign_in(Client(REMOTE_ADDR=ELSEWHERE)) == "in"


def test_who_waits_is_not_made_to_wait_longer_by_trying(owner, clock):
    guesser = Client(REMOTE_ADDR=ELSEWHERE)
    for _ in range(50):
        sign_in(guesser, password="wrong")
    clock.shift(16)
    assert sign_in(guesser) == "in"


def spread(count, **more):
    """So many wrong passwords, each from a network of its own."""
    return [
        sign_in(Client(REMOTE_ADDR=f"10.1.{number // 250}.{number % 250}"), password="no", **more)
        for number in range(count)
    ]


def test_guesses_from_everywhere_close_the_account_to_unknown_browsers(owner, clock):
    known = Client(REMOTE_ADDR=HERE)
    assert sign_in(known) == "in"
    known.post(reverse("account_logout"))
    assert spread(MOST_AT_ACCOUNT + 3) == ["wrong"] * MOST_AT_ACCOUNT + ["60 minutes"] * 3
    assert sign_in(Client(REMOTE_ADDR=HERE)) == "60 minutes"
    # The owner's browser, wherever it is.
    assert sign_in(known, REMOTE_ADDR="192.0.2.77") == "in"
    clock.shift(3601)
    assert sign_in(Client(REMOTE_ADDR=HERE)) == "in"


def test_the_letter_lets_the_owner_in_while_others_guess(owner, settings, smtp_sink):
    settings.BASE_URL = "http://testserver"
    spread(MOST_AT_ACCOUNT + 1)
    browser = Client(REMOTE_ADDR=HERE)
    assert sign_in(browser) == "60 minutes"
    browser.post(reverse("account_reset_password"), {"email": owner.email})
    send_due(now=timezone.now())
    [letter] = smtp_sink.messages(to=owner.email)
    [link] = re.findall(r"http://testserver(\S+)", letter.get_body(["plain"]).get_content())
    form = browser.get(link, follow=True)
    new = "walk the dog at dawn"
    browser.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    assert sign_in(browser, password=new) == "in"
    assert sign_in(Client(REMOTE_ADDR=HERE), password=new) == "60 minutes"


def test_one_network_that_tries_many_accounts_is_closed_to_unknown_browsers(owner, clock):
    known = Client(REMOTE_ADDR=ELSEWHERE)
    assert sign_in(known) == "in"
    known.post(reverse("account_logout"))
    guesser = Client(REMOTE_ADDR=ELSEWHERE)
    for number in range(MOST_FROM_NETWORK):
        assert sign_in(guesser, email=f"user{number}@oit.example", password="x") == "wrong"
    assert sign_in(guesser, email="one.more@oit.example", password="x") == "10 minutes"
    assert sign_in(known) == "in"
    assert sign_in(Client(REMOTE_ADDR=HERE)) == "in"


def test_a_known_browser_is_slowed_down_too_when_it_guesses(owner, clock):
    known = Client(REMOTE_ADDR=HERE)
    assert sign_in(known) == "in"
    known.post(reverse("account_logout"))
    assert [sign_in(known, password="no") for _ in range(6)] == ["wrong"] * 5 + ["15 seconds"]
    # In another browser on the same network the owner gets in.
    assert sign_in(Client(REMOTE_ADDR=HERE)) == "in"


def test_an_address_that_nobody_has_is_answered_alike(owner, clock):
    for email in ("cco@oit.example", "nobody@oit.example"):
        guesser = Client(REMOTE_ADDR=ELSEWHERE)
        assert [sign_in(guesser, email, "no") for _ in range(6)] == ["wrong"] * 5 + ["15 seconds"]


@pytest.mark.parametrize("forged", ["", "x", "eyJpZCI6IngifQ:1tXXXX:forged", "é" * 10])
def test_a_browser_does_not_make_itself_known(owner, clock, forged):
    spread(MOST_AT_ACCOUNT)
    guesser = Client(REMOTE_ADDR=HERE)
    guesser.cookies["device"] = forged
    assert sign_in(guesser) == "60 minutes"


def test_a_browser_is_known_to_its_own_users_until_the_password_changes(owner, liaison, rf):
    request, response = rf.get("/"), SimpleNamespace(cookies={})
    kept = {}
    response.set_cookie = lambda name, value, **_options: kept.update({name: value})
    devices.remember(request, response, owner)
    request.COOKIES = kept
    assert devices.id_of(request, owner)
    assert not devices.id_of(request, liaison)
    owner.set_password("another one entirely")
    assert not devices.id_of(request, owner)


@pytest.mark.parametrize(("hours", "wanted"), [(-6, "15 minutes"), (6, "in")])
def test_a_clock_that_jumps_locks_nobody_out_for_longer(owner, clock, hours, wanted):
    guesser = Client(REMOTE_ADDR=ELSEWHERE)
    for _ in range(5):
        sign_in(guesser, password="no")
    clock.shift(hours * 3600)
    assert sign_in(guesser) == wanted
    clock.shift(901)
    assert sign_in(guesser) == "in"


def test_counts_are_kept_however_much_else_is_counted(owner, clock):
    guesser = Client(REMOTE_ADDR=ELSEWHERE)
    for _ in range(5):
        sign_in(guesser, password="no")
    for number in range(400):
        cache.set(f"other-{number}", 1)
    assert sign_in(guesser) == "15 seconds"


def test_what_is_counted_names_nobody(owner):
    sign_in(Client(REMOTE_ADDR=ELSEWHERE), password="no")
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache")
        keys = [key for (key,) in cursor.fetchall()]
    assert any("sign-in:account:" in key for key in keys)
    assert [key for key in keys if "oit" in key] == []


@pytest.mark.django_db(transaction=True)
def test_a_hundred_guesses_at_once_are_a_hundred(rf):
    """Each is counted before its password is looked at."""
    request = rf.post("/accounts/login/", REMOTE_ADDR=ELSEWHERE)
    barrier, free = threading.Barrier(20), []

    def guess():
        barrier.wait()
        free.append(Attempt(request, "cco@oit.example").begin() == 0)
        connection.close()

    crowd = [threading.Thread(target=guess) for _ in range(20)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert sum(free) == sign_in_limits.FREE


def test_the_pause_has_a_longest():
    assert pause_after(10_000) == sign_in_limits.LONGEST_PAUSE
