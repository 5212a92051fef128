"""Who steals the database and all logs finds no key in them; who tries keys at the doors of the
letters is slowed down at each of them."""

import logging
import random
import string

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from crm_portal.letters import KINDS
from crm_portal.lib import links
from feedback.models import ActionActivity
from outbox.models import Letter
from tests import factories
from tests.attacks import spoils
from tests.attacks.play import Cast, Play, keys_in, links_in

pytestmark = pytest.mark.django_db(transaction=True)
BASE_URL = "http://testserver"
SEED = 20270303


@pytest.fixture
def cast_of_play(cco, state_cio, liaison, agency, agency_cio):
    silent = factories.PersonFactory(agency=agency, name="Sid Silent", email="sid@dot.example")
    return Cast(cco=cco, liaison=liaison, agency=agency, answers=agency_cio, silent=silent)


def test_a_stolen_copy_opens_nothing(client, cast_of_play, smtp_sink, settings, figure):
    """Every letter is sent and every key in it is tried, rightly and wrongly."""
    settings.BASE_URL = BASE_URL
    # Its table is no model's and outlives a test, and with it who was slowed down.
    cache.clear()
    with spoils.logged() as written:
        Play(cast_of_play, client).run()
        paths = links_in(smtp_sink.messages(), BASE_URL)
        keys = {key: path for path in paths for key in keys_in(path)}
        for path in keys.values():
            open_and_leave(path)
            open_and_leave(f"{path}/wrong")
        slowed = {path: guess(key, path, number) for number, (key, path) in enumerate(keys.items())}
    dump, log = spoils.dump(), written.getvalue()
    sent = Letter.objects.filter(state=Letter.State.SENT)
    assert set(sent.values_list("purpose", "kind")) == set(KINDS)
    # Two invitations, a reply, a report back, a new password, another address.
    assert len(keys) >= 6
    assert {statuses: path for path, statuses in slowed.items()}.keys() == {"404×19 429×3"}
    assert log.count("request_finished") > len(keys) * 20
    in_dump, in_log = spoils.usable(dump, keys), spoils.usable(log, keys)
    figure(
        f"seed {SEED}: {len(smtp_sink.journal)} letters with {len(keys)} keys; "
        f"{len(in_dump)} usable in {len(dump):,} characters of a dump, "
        f"{len(in_log)} in {len(log):,} of logs"
    )
    assert in_dump == in_log == []


def open_and_leave(path):
    """A visitor without any cookie, who goes where the link leads and does nothing there."""
    Client().get(path, follow=True, headers={"referer": f"{BASE_URL}{path}"})


def guess(key, path, number):
    """What 22 guesses at the door of this key are answered, from an address of their own."""
    dice, visitor = random.Random(SEED + number), Client(REMOTE_ADDR=f"203.0.113.{number}")
    letters = string.ascii_letters + string.digits
    statuses = [
        visitor.get(path.replace(key, "".join(dice.choices(letters, k=len(key))))).status_code
        for _ in range(22)
    ]
    free = statuses.count(404)
    return f"404×{free} 429×{statuses[free:].count(429)}"


@pytest.mark.parametrize("place", ["note", "session", "log"])
def test_the_search_finds_a_key_that_is_there(place, cast_of_play, settings):
    """The negative control; sessions as Django keeps them."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    key = links.token_of("survey", factories.InvitationFactory(person=cast_of_play.answers))
    with spoils.logged() as log:
        if place == "note":
            action = factories.ActionFactory()
            ActionActivity.objects.create(
                action=action, kind="note", text=f"See {key}.", by=action.owner, at=factories.NOW
            )
        elif place == "session":
            keep_in_session(key)
        else:
            logging.getLogger("django.request").warning("Somebody came with %s", key)
    text = log.getvalue() if place == "log" else spoils.dump()
    # Found as mailed, and found by what the row knows of it.
    assert spoils.usable(text, [key]) == spoils.usable(text, []) == [key]


def keep_in_session(key):
    visitor = Client()
    session = visitor.session
    session["came_with"] = key
    session.save()
    assert key not in Session.objects.get().session_data


@pytest.mark.parametrize(("engine", "found"), [("accounts.sessions", 0), (None, 1)])
def test_a_stolen_copy_signs_nobody_in(client, liaison, settings, engine, found):
    """With Django's own table of sessions it would: the negative control."""
    settings.SESSION_ENGINE = engine or "django.contrib.sessions.backends.db"
    client.force_login(liaison)
    assert client.get("/profile/").status_code == 200
    assert spoils.dump().count(client.cookies["session"].value) == found
