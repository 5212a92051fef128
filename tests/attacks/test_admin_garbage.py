"""The admin site answers what no form of it sends: in words, never with a fault."""

import itertools
import logging
from collections import Counter
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.test import Client
from django.urls import reverse

from crm_portal.admin_site import PortalAdminSite

pytestmark = pytest.mark.django_db

KEYS = ["x", "", "\x00", "-1", "1.5", "１２", "9" * 30, "9" * 5000, str(2**63), str(2**31),
        "1 OR 1=1", "None", "\ud800", "x" * 5000]  # fmt: skip
ACTIONS = ["probe", "delete_selected", "nope", "", "\x00"]
INDEXES = ["0", "x", "-1", "9" * 30, "", "99"]
FEW = ["x", "9" * 30, "\x00"]
WORDS = [*FEW, "-1", "", "2027-13-45", "0001-01-01", "1e400"]
LIST_PARAMETERS = ["q", "o", "p", "all", "e", "_popup", "_to_field", "_changelist_filters", "pk",
                   "id__in", "id__exact", "nope__exact"]  # fmt: skip
LOOKUPS = ["", "__exact", "__id__exact", "__isnull", "__in", "__gte", "__year"]


def probe(model_admin, request, queryset):
    """An action, so that every table has one; it asks for the rows, as any does."""
    list(queryset[:5])


@pytest.fixture
def probed():
    admin.site.add_action(probe, "probe")
    yield
    del admin.site._actions["probe"], admin.site._global_actions["probe"]


class Fuzzer:
    """Sends and undoes, and remembers what broke."""

    def __init__(self, user):
        self.client = Client(raise_request_exception=False)
        self.client.force_login(user)
        self.statuses, self.faults = Counter(), []

    def send(self, method, address, data):
        kept = dict(self.client.cookies)
        with transaction.atomic():
            answer = getattr(self.client, method)(address, data)
            transaction.set_rollback(True)
        self.client.cookies.clear()
        self.client.cookies.update(kept)
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            error = answer.exc_info and answer.exc_info[1]
            self.faults.append(f"{method} {address[:80]} {str(data)[:120]}: {error!r:.200}")


@pytest.fixture(autouse=True)
def quiet():
    """Thousands of lines about requests would be kept in memory."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def fuzzer(world, probed):
    return Fuzzer(world.people["administrator"])


def lists():
    for model, site in admin.site._registry.items():
        yield (
            model,
            site,
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"),
        )


def surrogateless(text):
    return text.encode("utf-8", "replace").decode()


def test_no_selection_breaks_an_action(fuzzer, figure):
    ways = [("probe", "0", across) for across in ("0", "1", "x", "")]
    ways += [(action, "0", "0") for action in ACTIONS[1:]]
    ways += [("probe", index, "0") for index in INDEXES[1:]]
    for (_model, _site, address), key in itertools.product(lists(), map(surrogateless, KEYS)):
        # Most ways with a few keys only.
        for action, index, across in ways if key in FEW else ways[:1]:
            ticked = {ACTION_CHECKBOX_NAME: [key, key], "select_across": across}
            fuzzer.send("post", address, {"action": action, "index": index, **ticked})
        # As the page that asks whether one is sure sends it.
        fuzzer.send("post", address, {"action": "probe", ACTION_CHECKBOX_NAME: [key]})
    figure(f"{sum(fuzzer.statuses.values()):,} selections: {dict(sorted(fuzzer.statuses.items()))}")
    assert fuzzer.faults == []


@pytest.mark.filterwarnings("ignore:.*received a naive datetime")
def test_no_parameter_breaks_a_list(fuzzer, figure):
    for _model, site, address in lists():
        names = list(LIST_PARAMETERS)
        for one in site.list_filter or ():
            names += [f"{one}{lookup}" for lookup in LOOKUPS]
        if site.date_hierarchy:
            names += [f"{site.date_hierarchy}__{part}" for part in ("year", "month", "day")]
        for name, word in itertools.product(names, map(surrogateless, WORDS)):
            fuzzer.send("get", address, {name: word})
        if site.date_hierarchy:
            for year, month in (("0", "13"), ("2027", "0"), ("9999", "12")):
                dated = {
                    f"{site.date_hierarchy}__year": year,
                    f"{site.date_hierarchy}__month": month,
                }
                fuzzer.send("get", address, dated)
    figure(f"{sum(fuzzer.statuses.values()):,} lists: {dict(sorted(fuzzer.statuses.items()))}")
    assert fuzzer.faults == []


def test_no_key_breaks_a_page_of_a_row(fuzzer):
    for (_model, _site, address), key in itertools.product(lists(), map(surrogateless, KEYS)):
        for page in ("change", "delete", "history"):
            fuzzer.send("get", f"{address}{quote(key, safe='')}/{page}/", {})
    for one, other in itertools.product(map(surrogateless, KEYS), repeat=2):
        fuzzer.send("get", f"/admin/r/{quote(one, safe='')}/{quote(other, safe='')}/", {})
    assert fuzzer.faults == []


def test_no_question_breaks_the_choices(fuzzer, figure):
    """What the fields send in which a row is chosen by typing."""
    wanted = [
        (model._meta.app_label, model._meta.model_name, field.name)
        for model, _site, _address in lists()
        for field in model._meta.get_fields()
    ]
    wanted += [("x", "x", "x"), ("\x00", "\x00", "\x00"), ("accounts", "user", "\x00")]
    for app, model, field in wanted:
        asked = {"app_label": app, "model_name": model, "field_name": field}
        fuzzer.send("get", "/admin/autocomplete/", asked)
    asked = {"app_label": "agencies", "model_name": "person", "field_name": "agency"}
    for word in map(surrogateless, WORDS):
        fuzzer.send("get", "/admin/autocomplete/", {**asked, "term": word})
        fuzzer.send("get", "/admin/autocomplete/", {**asked, "page": word})
    figure(f"{sum(fuzzer.statuses.values()):,} questions: {dict(sorted(fuzzer.statuses.items()))}")
    assert fuzzer.faults == []


def test_a_bad_selection_is_said_and_a_good_one_taken(client, world, probed):
    client.force_login(world.people["administrator"])
    address = reverse("admin:agencies_agency_changelist")
    sent = {"action": "probe", "index": "0"}
    answer = client.post(address, {**sent, ACTION_CHECKBOX_NAME: ["x"]}, follow=True)
    assert "Choose rows in the list again." in answer.text
    key = str(world.mine.agency.pk)
    answer = client.post(address, {**sent, ACTION_CHECKBOX_NAME: [key]}, follow=True)
    assert "Choose rows in the list again." not in answer.text


def test_an_unreadable_filter_leads_to_the_plain_list(client, world):
    client.force_login(world.people["administrator"])
    address = reverse("admin:feedback_concern_changelist")
    for unreadable in ({"raised_at__year": "-1"}, {"state": "\x00"}):
        assert client.get(address, unreadable).url == f"{address}?e=1"
    assert client.get(address, {"state": "new"}).status_code == 200


def test_a_fault_of_ours_is_still_a_fault(fuzzer, monkeypatch):
    """What breaks without any filter is not the asker's."""
    monkeypatch.setattr("django.contrib.admin.ModelAdmin.get_changelist_instance", int)
    fuzzer.send("get", reverse("admin:feedback_concern_changelist"), {})
    assert len(fuzzer.faults) == 1


def test_a_check_that_is_off_is_noticed(fuzzer, monkeypatch):
    """The negative control."""
    assert isinstance(admin.site._wrapped, PortalAdminSite)
    monkeypatch.setattr("crm_portal.admin_site._is_key", lambda _model, _text: True)
    address = reverse("admin:agencies_agency_changelist")
    sent = {"action": "probe", "index": "0", ACTION_CHECKBOX_NAME: ["x"]}
    fuzzer.send("post", address, sent)
    assert len(fuzzer.faults) == 1
