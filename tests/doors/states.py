"""Pages as they are seldom seen: forms shown again, offices without a row, errors, the admin site.

Each is an answer of the portal as it was given, so that a browser shows exactly that.
"""

import re
from dataclasses import dataclass
from types import SimpleNamespace
from unittest.mock import patch

from django.db import transaction
from django.forms import BaseForm
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from crm_portal.lib import links
from surveys.models import Wave
from tests import factories as make
from tests.doors import foreign
from tests.doors.table import DOORS, GET, PUBLIC

OURS = {"origin": "http://testserver"}
GARBAGE, EMPTY = "?!", {"go": "send", "action_add": ""}


@dataclass
class State:
    name: str
    address: str
    answer: HttpResponse | None


def open_as(user, **options):
    client = Client(raise_request_exception=False, **options)
    if user:
        client.force_login(user)
    return client


def undone(act):
    """What the request answers; what it changes is undone."""
    with transaction.atomic():
        answer = act()
        transaction.set_rollback(True)
    return answer


# ---- Forms shown again --------------------------------------------------------------------------


def forms_again(world):
    """The page of each form with the errors of an empty, or else of a senseless one. A form that
    comes back neither way is yielded without an answer."""
    agency, people = world.mine.agency, world.people
    visitor, cco, administrator = (
        visitor_of(world), open_as(people["cco"]), open_as(people["administrator"])
    )  # fmt: skip
    for name, door in DOORS.items():
        if "POST" in door.methods:
            # Those that ask for an agency first are told which.
            address = f"{reverse(name, kwargs=door.kwargs(world))}?agency={agency.pk}"
            clients = [visitor] if door.access == PUBLIC else [cco, administrator]
            yield form_again(clients, name, address)
    for name, (signed_out, _signed_in) in foreign.ACCOUNTS.items():
        if signed_out == foreign.OPENS:
            yield form_again(
                [open_as(None)], name, reverse(name, kwargs=foreign.KWARGS.get(name, {}))
            )


def visitor_of(world):
    """A browser that came by the links of two letters."""
    client = Client()
    client.get(f"/s/{links.token_of('survey', world.mine.invitation)}")
    client.get(f"/r/{links.token_of('report_back', world.mine.report_back)}")
    return client


def form_again(clients, name, address):
    for client in clients:
        page = undone(lambda client=client: client.get(address))
        for data in (EMPTY, senseless(page)):
            answer = undone(lambda client=client, data=data: client.post(address, data))
            if is_shown_again(answer):
                return State(name, address, answer)
    return State(name, address, None)


def senseless(page):
    """Nonsense for each field of the page that a person fills."""
    return EMPTY | {
        field.html_name: (field.value() or "") if field.is_hidden else GARBAGE
        for part in page.context or []
        for form in part.flatten().values()
        if isinstance(form, BaseForm)
        for field in form
    }


def is_shown_again(answer):
    """Packages answer 200 to a form with errors."""
    has_errors = answer.status_code == 200 and re.search(
        rb'usa-error-message[^>]*>[^<]|data-error-summary|class="errorlist|errornote',
        answer.content,
    )
    is_page = answer.get("Content-Type", "").startswith("text/html")
    return is_page and bool(answer.status_code in {422, 410} or has_errors)


# ---- A fresh office -----------------------------------------------------------------------------


def empty_pages(cco, liaison):
    """Every list of an office without a row; then the pages of an agency, a wave and a
    questionnaire with nothing in them."""
    for user in (cco, liaison):
        yield from lists_of(user, SimpleNamespace(), of_rows=False)
    agency, wave = make.AgencyFactory(), make.WaveFactory(state=Wave.State.DRAFT, opened_at=None)
    bare = SimpleNamespace(mine=SimpleNamespace(agency=agency), wave=wave, draft_wave=wave)
    yield from lists_of(cco, bare, of_rows=True)


def lists_of(user, world, *, of_rows):
    """What the user may open that is no form: the pages that name a row, or those that do not."""
    client = open_as(user)
    for name, door in DOORS.items():
        if door.access == PUBLIC or door.methods != GET:
            continue
        try:
            kwargs = door.kwargs(world)
        except AttributeError:
            continue
        answer = client.get(reverse(name, kwargs=kwargs))
        if bool(kwargs) == of_rows and answer.status_code == 200 and is_whole_page(answer):
            yield State(f"empty {name} of {user.role}", answer.request["PATH_INFO"], answer)


def is_whole_page(answer):
    return answer["Content-Type"].startswith("text/html") and b"<html" in answer.content


# ---- Errors -------------------------------------------------------------------------------------


def error_pages(world):
    """Every page that says no, as somebody meets it."""
    liaison, visitor = open_as(world.people["liaison"]), visitor_of(world)
    strict = open_as(world.people["liaison"], enforce_csrf_checks=True)
    profile, login = reverse("accounts:profile"), reverse("account_login")
    survey = reverse("surveys:answer", args=[world.mine.invitation.public_id])
    many = {f"name{number}": "x" for number in range(1001)}
    acts = {
        400: lambda: liaison.post(profile, many),
        403: lambda: liaison.get(reverse("accounts:office")),
        "403 form": lambda: strict.post(profile, {"name": "x"}, headers=OURS),
        404: lambda: liaison.get("/nothing/"),
        "404 link": lambda: visitor.get("/s/wrong"),
        "404 report": lambda: visitor.get("/r/wrong"),
        405: lambda: liaison.get(reverse("accounts:theme")),
        410: lambda: too_late(visitor, survey),
        429: lambda: until_slowed(lambda: open_as(None).post(login, {"login": "a@b.example"})),
        "429 link": lambda: until_slowed(lambda: visitor.get("/s/wrong")),
        500: lambda: broken(liaison, profile),
    }
    for name, act in acts.items():
        answer = undone(act)
        yield State(f"error {name}", answer.request["PATH_INFO"], answer)


def too_late(visitor, survey):
    """The wave ends while somebody writes."""
    Wave.objects.filter(state="open").update(state="ended", ended_at=make.NOW)
    return visitor.post(survey, {"go": "send"})


def until_slowed(ask):
    answers = (ask() for _time in range(130))
    return next(answer for answer in answers if answer.status_code == 429)


def broken(client, address):
    with patch("accounts.views.profile.render", side_effect=RuntimeError("broken")):
        return client.get(address)


# ---- The admin site -----------------------------------------------------------------------------


def admin_pages(user, *, after=""):
    """Every page of the admin site as it stands, and its forms shown again."""
    client = open_as(user)
    yield State("admin index", reverse("admin:index"), client.get(reverse("admin:index")))
    for model, page, address in foreign.admin_pages():
        answer = client.get(address)
        if answer.status_code != 200:
            continue
        name = f"admin {page} of {model._meta.label}{after}"
        yield State(name, address, answer)
        if page in {"add", "change"}:
            again = undone(
                lambda address=address, page=answer: client.post(address, senseless(page))
            )
            if is_shown_again(again):
                yield State(f"{name}, errors", address, again)


def largest_of_each_kind(states):
    """Of each kind of page of the admin site, by its name, the one with the most in it."""
    largest = {}
    for state in states:
        kind = re.sub(" of [^,]+", "", state.name)
        if kind not in largest or len(state.answer.content) > len(largest[kind].answer.content):
            largest[kind] = state
    return list(largest.values())
