"""The office chooses how it calls those it serves; then no page keeps the old word."""

import datetime as dt
import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import office
from accounts.models import AddressChange
from crm_portal.letters import KINDS, Message
from crm_portal.lib import links
from feedback.models import Concern, ReportBack
from outbox.models import Letter
from outbox.rendering import render
from tests import factories as make
from tests.doors.table import DOORS, PUBLIC

OLD = re.compile(r"\bagenc(y|ies)\b", re.IGNORECASE)
SHOWN = {"alt", "title", "placeholder", "aria-label", "aria-description", "value", "label"}


# Where the word is chosen, each stands.
CHOICES = {"accounts:office": ["agency"]}


class Words(HTMLParser):
    """Collects what a reader sees or hears of a page."""

    def __init__(self):
        super().__init__()
        self.texts, self.hidden = [], 0

    def handle_starttag(self, tag, attributes):
        self.hidden += tag in {"script", "style"}
        if ("type", "hidden") in attributes or tag in {"option", "meta"}:
            return
        self.texts += [value for name, value in attributes if name in SHOWN and value]

    def handle_endtag(self, tag):
        self.hidden -= tag in {"script", "style"}

    def handle_data(self, data):
        if not self.hidden:
            self.texts.append(data)


def leftovers(content):
    reader = Words()
    reader.feed(content)
    return sorted({" ".join(text.split()) for text in reader.texts if OLD.search(text)})


@pytest.fixture
def partners(world, office_row):
    office_row.vocabulary = "partner"
    office_row.save()
    office.forget()
    return world


@pytest.mark.parametrize(
    "role", ["administrator", "cco", "executive", "lead", "liaison", "representative"]
)
def test_no_page_keeps_the_old_word(client, partners, role):
    client.force_login(partners.people[role])
    found, looked_at = {}, 0
    for name, door in DOORS.items():
        if "GET" not in door.methods:
            continue
        answer = client.get(reverse(name, kwargs=door.kwargs(partners)))
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        looked_at += answer.status_code == 200
        left = leftovers(content.decode("utf-8", "replace"))
        if left != CHOICES.get(name, []) and left:
            found[name] = left
    assert found == {}
    assert looked_at >= 5


def test_the_exports_of_a_role_are_among_its_pages(client, partners):
    client.force_login(partners.people["cco"])
    exports = [name for name in DOORS if "export" in name]
    answers = [client.get(reverse(name, kwargs=DOORS[name].kwargs(partners))) for name in exports]
    assert len(exports) >= 4
    assert {answer["Content-Type"].partition(";")[0] for answer in answers} == {"text/csv"}


# ---- Pages behind a personal link ---------------------------------------------------------------

STEPS = ["", "?step=1", "?step=all", "?step=review"]


def behind(app, world):
    """The pages that a visit by a personal link of this app opens."""
    return [
        name
        for name, door in DOORS.items()
        if name.startswith(app) and "GET" in door.methods
        and door.access == PUBLIC and "public_id" in door.kwargs(world)
    ]  # fmt: skip


def looked_at_by_link(client, world, *, app, purpose, row):
    """(page, what it has left of the old word) for each page that the link opens."""
    client.get(reverse(f"{app}:open_link", args=[links.token_of(purpose, row)]))
    for name in behind(app, world):
        for step in STEPS:
            address = reverse(name, kwargs={"public_id": row.public_id}) + step
            answer = client.get(address, follow=True)
            if answer.status_code == 200:
                yield answer.request["PATH_INFO"] + step, leftovers(answer.content.decode())


def silent_invitation(world):
    return make.InvitationFactory(
        wave=world.wave, person=make.PersonFactory(agency=world.mine.agency)
    )


def test_no_page_of_a_survey_keeps_the_old_word(client, partners):
    for invitation in (silent_invitation(partners), partners.mine.invitation):
        looked_at = dict(
            looked_at_by_link(client, partners, app="surveys", purpose="survey", row=invitation)
        )
        assert len(looked_at) == len(STEPS)
        assert {page: left for page, left in looked_at.items() if left} == {}


@pytest.mark.parametrize("verdict", ["", *ReportBack.Verdict.values])
def test_no_page_of_a_report_back_keeps_the_old_word(client, partners, verdict):
    row = partners.mine.report_back
    row.verdict, row.answered_at = verdict, timezone.now() if verdict else None
    row.save()
    looked_at = dict(
        looked_at_by_link(client, partners, app="feedback", purpose="report_back", row=row)
    )
    assert len(looked_at) >= len(STEPS)
    assert {page: left for page, left in looked_at.items() if left} == {}


# ---- Letters ------------------------------------------------------------------------------------


def letters(world, now):
    """One letter of every kind, each wanted at the moment at which it is handed out."""
    mine, people = world.mine, world.people
    silent = silent_invitation(world)
    mine.action.due_on = (now + dt.timedelta(days=9)).date()
    mine.action.save()
    mine.concern.report_backs.update(verdict="")

    def letter(purpose, kind, subject, to, **details):
        return Letter(
            purpose=purpose, kind=kind, subject=subject, recipient=to.email, recipient_name=to.name,
            planned_at=now, due_at=now, details=details,
        )  # fmt: skip

    asked = f"invitation:{silent.pk}"
    for kind, to in (
        ("invitation", silent.person), ("reminder", silent.person), ("thanks", silent.person),
        ("phone", people["liaison"]),
    ):  # fmt: skip
        yield letter("survey", kind, asked, to)
    told, work = f"report_back:{mine.report_back.pk}", f"action:{mine.action.pk}"
    owner = mine.action.owner
    yield letter("action", "due_soon", work, owner, due_on=mine.action.due_on.isoformat())
    for level in (1, 2, 3, 4):
        yield letter("action", "escalation", work, people["cco"], cycle=1, level=level)
    yield letter("action", "reopened", work, owner, report_back=mine.report_back.pk)
    yield letter("concern", "reply", told, mine.person)
    yield letter("concern", "report_back", told, mine.person)
    me = people["cco"]
    yield letter("account", "password_reset", f"user:{me.pk}", me)
    yield letter(
        "account", "notice", f"user:{me.pk}", me, template="account/email/password_changed"
    )
    wish = AddressChange.objects.filter(user=me).first() or AddressChange.objects.create(
        user=me, new_address="new@oit.example", asked_at=now, **links.issue("address")
    )
    asked = {"change": str(wish.public_id), "asker": me.name}
    by = {"by": me.name, "new_address": wish.new_address}
    yield letter("account", "address_confirm", f"user:{me.pk}", me, **asked)
    yield letter("account", "address_taken", f"user:{me.pk}", me, **asked)
    yield letter("account", "address_changed", f"user:{me.pk}", me, **by)
    yield letter("account", "second_factor_reset", f"user:{me.pk}", me, **by)
    concern = Concern.objects.filter(pk=mine.concern.pk)
    concern.update(state=Concern.State.NEW, disposed_at=None, disposed_by=None)
    yield letter("concern", "unsettled", told, people["liaison"])
    concern.update(state=Concern.State.IN_ACTION, disposed_at=now, disposed_by=me)
    mine.concern.report_backs.all().delete()
    mine.concern.actions.update(state="dropped")
    yield letter("concern", "nobody_to_ask", f"concern:{mine.concern.pk}", people["liaison"])


def test_no_letter_keeps_the_old_word(partners, now):
    found, seen, new_words = {}, set(), 0
    for letter in letters(partners, now):
        kind = (letter.purpose, letter.kind)
        message = import_string(KINDS[kind].compose)(letter, now=now)
        assert isinstance(message, Message), (kind, message)
        rendered = render(letter, message)
        seen.add(kind)
        new_words += "partner" in rendered.text
        lines = [rendered.headline, *rendered.text.splitlines()]
        left = leftovers(rendered.html) + [line for line in lines if OLD.search(line)]
        if left:
            found[kind] = left
    assert found == {}
    assert seen == set(KINDS)
    assert new_words > 0


# ---- The admin site -----------------------------------------------------------------------------

ADMIN = ["/admin/", "/admin/agencies/", "/admin/agencies/agency/", "/admin/agencies/agency/add/",
         "/admin/agencies/person/add/", "/admin/agencies/assignment/", "/admin/feedback/concern/",
         "/admin/feedback/action/"]  # fmt: skip


@pytest.mark.parametrize("address", ADMIN)
def test_no_admin_page_keeps_the_old_word(client, partners, address):
    client.force_login(partners.people["administrator"])
    answer = client.get(address)
    assert answer.status_code == 200
    assert leftovers(answer.content.decode()) == []


def test_the_reader_finds_the_word():
    page = '<p title="An Agency">x</p><script>agency</script><a href="/agencies/">Agencies</a>'
    assert leftovers(page) == ["Agencies", "An Agency"]
