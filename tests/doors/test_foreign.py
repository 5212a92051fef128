"""The pages that packages bring along: signing in, and the admin site (tests/doors/foreign.py)."""

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from tests.doors import foreign, walk
from tests.doors.foreign import NOT_ALLOWED, OPENS, SIGN_IN
from tests.doors.leaks import NONSENSE, found, masked
from tests.doors.readers import ADMINISTRATOR
from tests.doors.test_matrix import METHODS, ask, outcome

PEOPLE = {"signed out": None, "not staff": "liaison", "staff": "administrator"}


def meaning(answer):
    """The admin site has a sign-in of its own, which leads to ours."""
    is_led_away = answer.status_code == 302 and answer.url.startswith("/admin/login/")
    return SIGN_IN if is_led_away else outcome(answer)


def enter(client, world, role):
    client.logout() if role is None else client.force_login(world.people[role])


def test_every_page_of_a_package_is_declared():
    own_of_models = {
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
        for model in admin.site._registry
        for page in foreign.PAGES
    }
    # Without a name: old addresses and misspelt ones of the admin site, which only lead on.
    found = {name for name in walk.foreign_names() if not name.endswith(":None")}
    assert found - own_of_models == foreign.ACCOUNTS.keys() | foreign.ADMIN.keys()
    assert {model._meta.label for model in admin.site._registry} == foreign.MODELS.keys()


@pytest.mark.parametrize("who", PEOPLE)
def test_a_page_about_accounts_opens_for_whom_it_should(client, world, who, figure):
    """Whom an address refuses, it refuses whatever the method."""
    wrong = {}
    for name, (signed_out, signed_in) in foreign.ACCOUNTS.items():
        wanted = signed_out if PEOPLE[who] is None else signed_in
        address = reverse(name, kwargs=foreign.KWARGS.get(name, {}))
        enter(client, world, PEOPLE[who])
        seen = {method: meaning(ask(client, method, address)) for method in METHODS}
        if seen["GET"] != wanted:
            wrong[name] = f"{seen['GET']} instead of {wanted}"
        # OPTIONS says which methods there are, and no more.
        acted = {seen[method] for method in METHODS if method != "OPTIONS"}
        if wanted in {SIGN_IN, NOT_ALLOWED} and OPENS in acted:
            wrong[name] = f"{seen} instead of {wanted}"
        if "broken" in seen.values():
            wrong[name] = seen
    figure(f"{who}: {len(foreign.ACCOUNTS)} addresses about accounts × {len(METHODS)} methods")
    assert wrong == {}


@pytest.mark.parametrize("who", PEOPLE)
def test_the_admin_site_opens_for_staff_alone(client, one_of_each, who):
    enter(client, one_of_each, PEOPLE[who])
    assert list(wrong_admin_answers(client, who)) == []


def wrong_admin_answers(client, who, app=""):
    """A sentence for each page of the admin site, or of one app's part of it, that answers
    otherwise than declared."""
    for name, for_staff in foreign.ADMIN.items():
        seen = meaning(ask(client, "GET", reverse(name, kwargs=foreign.KWARGS.get(name, {}))))
        wanted = for_staff if who == "staff" else SIGN_IN
        if seen != wanted and (name, who) not in LED_ON:
            yield f"{name} for {who}: {seen} instead of {wanted}"
    for model, page, address in foreign.admin_pages(app):
        for method, right in zip(("GET", "POST"), foreign.PAGES[page], strict=True):
            may = right in foreign.MODELS[model._meta.label]
            wanted = SIGN_IN if who != "staff" else OPENS if may else NOT_ALLOWED
            seen = meaning(ask(client, method, address))
            if seen != wanted:
                yield f"{method} {address} for {who}: {seen} instead of {wanted}"


def test_rows_on_the_page_of_another_are_as_safe(stage):
    assert list(wrong_inlines(stage)) == []


def wrong_inlines(stage):
    request = RequestFactory().get("/admin/")
    request.user = stage.world.people["administrator"]
    found = foreign.admin_inlines(request)
    for pair in found.keys() | foreign.INLINES.keys():
        if found.get(pair) != foreign.INLINES.get(pair):
            yield f"{pair} may be {found.get(pair)} instead of {foreign.INLINES.get(pair)}"


# Who is signed in and no staff is told so by the admin's own sign-in; signing out leads home.
LED_ON = {("admin:login", "not staff"), ("admin:logout", "not staff")}


def test_the_admin_site_keeps_restricted_notes(stage):
    """From the administrator, too, whatever is looked for."""
    told = list(notes_told(stage))
    assert told == []
    assert stage.looks > 100


def notes_told(stage):
    """A sentence for each page of the admin site that holds a restricted note, or finds one."""
    [hidden] = ADMINISTRATOR.hidden
    for _model, page, address in foreign.admin_pages():
        yield from found(stage.get(ADMINISTRATOR, address), [hidden], address)
        if page == "changelist":
            seen = [
                masked(stage.get(ADMINISTRATOR, address, {"q": word})).replace(word, "…")
                for word in (hidden, NONSENSE)
            ]
            if seen[0] != seen[1]:
                yield f"{address} answers differently when asked for {hidden}"
