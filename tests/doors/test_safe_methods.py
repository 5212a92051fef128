"""GET, HEAD and OPTIONS change nothing, whoever asks: mail scanners open links."""

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse

from crm_portal.letters import KINDS
from outbox.models import Letter
from surveys.models import Invitation
from tests.doors import foreign
from tests.doors.leaks import forget_misses
from tests.doors.loop import NEW_ADDRESS, Loop, links_in
from tests.doors.table import DOORS

SAFE = ("GET", "HEAD", "OPTIONS")
# Counts of wrong keys, and what a session of somebody signed in notes, like a code's secret.
COUNTS, SESSIONS = "cache", "django_session"


def fingerprints(*, without=(COUNTS,)):
    """Of each table, a hash over all its rows."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - set(without)):
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) "
                f'FROM "{table}" t'
            )
            found[table] = cursor.fetchone()[0]
    return found


def look(client, address, **headers):
    """Ask with every safe method, and follow where a GET leads."""
    for method in SAFE:
        answer = client.generic(method, address, headers=headers, follow=method == "GET")
        if answer.streaming:
            b"".join(answer.streaming_content)


@pytest.mark.parametrize("role", [None, "administrator", "liaison", "representative"])
def test_looking_changes_nothing(client, world, role):
    if role:
        client.force_login(world.people[role])
    addresses = [reverse(name, kwargs=door.kwargs(world)) for name, door in DOORS.items()]
    addresses += [reverse(name, kwargs=foreign.KWARGS.get(name, {})) for name in foreign.ACCOUNTS]
    if role == "administrator":
        addresses += [address for _model, _page, address in foreign.admin_pages()]
    without = (COUNTS, SESSIONS) if role else (COUNTS,)
    before = fingerprints(without=without)
    for address in addresses:
        for method in SAFE:
            answer = client.generic(method, address)
            if answer.streaming:
                b"".join(answer.streaming_content)
    assert fingerprints(without=without) == before


def test_the_fingerprints_notice_a_change(world):
    before = fingerprints()
    world.mine.agency.city = "Pueblo"
    world.mine.agency.save()
    after = fingerprints()
    changed = {table for table in before if before[table] != after[table]}
    assert changed == {"agencies_agency", "agencies_agencyevent", "pghistory_context"}


# ---- Links in letters ----------------------------------------------------------------------------

# What opens links before people do, and what people open them with.
AGENTS = {
    "a browser": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
    "a mail gateway": "Mozilla/5.0 (compatible; BarracudaCentral; +http://www.barracuda.example)",
    "safe links": "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "a preview": "Slackbot-LinkExpanding 1.0 (+https://slack.example/robots)",
    "a phone's mail": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) GoogleImageProxy",
    "a script": "python-requests/2.32",
    "nobody": "",
}


@pytest.fixture
def played(transactional_db, client, agency, liaison, cco, state_cio, smtp_sink, settings):
    """Every letter that the portal can write has been sent; the clock stands at the last one."""
    settings.BASE_URL = "http://testserver"
    loop = Loop(client=client, agency=agency, liaison=liaison, cco=cco)
    now = loop.play()
    forget_misses()
    with time_machine.travel(now, tick=False):
        yield loop


@pytest.fixture
def mailed(played, smtp_sink):
    """Every address in every letter."""
    return links_in(smtp_sink.messages(), "http://testserver")


def test_every_kind_of_letter_is_sent(played):
    """A new kind of letter must be part of the loop, so that its links are opened here."""
    sent = set(Letter.objects.filter(state="sent").values_list("purpose", "kind"))
    assert sent == KINDS.keys()


@pytest.fixture
def readers(played, cco):
    """A browser that nobody knows, and one that is signed in, for a tab may be opened ahead."""
    cco.refresh_from_db()
    known = Client()
    known.force_login(cco)
    return [Client(), known]


def scan(addresses, browsers):
    for agent in AGENTS.values():
        for browser in browsers:
            for address in addresses:
                forget_misses()
                look(browser, address, user_agent=agent)


def test_scanners_change_nothing(mailed, readers, figure):
    pages = [readers[1].get(link, follow=True) for link in mailed]
    ends = [(page.status_code, "/login/" in page.request["PATH_INFO"]) for page in pages]
    assert ends == [(200, False)] * len(mailed), "a link leads nowhere: opening it proves nothing"
    before = fingerprints()
    scan(mailed, readers)
    after = fingerprints()
    changed = {table for table in before if before[table] != after[table]} - {SESSIONS}
    figure(
        f"{len(mailed)} links in {Letter.objects.count()} letters of {len(KINDS)} kinds × "
        f"{len(AGENTS)} agents × {len(readers)} browsers × {len(SAFE)} methods: "
        f"{len(changed)} tables changed"
    )
    assert changed == set()


def test_links_work_after_the_scanners(mailed, readers, liaison, cco):
    """None was used up, so that the person comes as the first."""
    scan(mailed, readers)
    [confirm] = [link for link in mailed if "/a/" in link]
    chief = Client()
    chief.force_login(cco)
    page = chief.get(confirm, follow=True)
    assert chief.post(page.request["PATH_INFO"]).status_code == 302
    cco.refresh_from_db()
    assert cco.email == NEW_ADDRESS
    [reset] = [link for link in mailed if "/password/reset/" in link]
    browser = Client()
    form = browser.get(reset, follow=True)
    new = {"password1": "a new and better passphrase", "password2": "a new and better passphrase"}
    assert browser.post(form.request["PATH_INFO"], new).status_code == 302
    liaison.refresh_from_db()
    assert liaison.check_password(new["password1"])


def test_a_link_that_acts_is_noticed(mailed, readers, monkeypatch):
    """What must not be: a page that is opened takes its link back."""
    [pattern] = [one for one in all_patterns(get_resolver()) if one.name == "open_link"][:1]
    view = pattern.callback

    def acts(request, token):
        Invitation.objects.update(epoch=2)
        return view(request, token)

    acts.login_required = False
    monkeypatch.setattr(pattern, "callback", acts)
    before = fingerprints()
    scan([link for link in mailed if "/s/" in link][:1], readers[:1])
    assert fingerprints() != before


def all_patterns(resolver):
    for one in resolver.url_patterns:
        if hasattr(one, "url_patterns"):
            yield from all_patterns(one)
        else:
            yield one
