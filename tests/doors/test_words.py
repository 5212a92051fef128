"""The office chooses how it calls those it serves; then no page keeps the old word."""

import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from tests.doors.table import DOORS

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
    return world


@pytest.mark.parametrize("role", ["administrator", "cco", "liaison", "representative"])
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
