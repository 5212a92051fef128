"""One box: misspelled names, words in any form, and marks that cannot become markup."""

import pytest

from agencies.models import AgencySpelling
from dashboards.queries import search
from tests import factories as make


def found(user, text):
    return {
        group.icon: [hit.title for hit in group.hits] for group in search.everything(user, text)
    }


@pytest.mark.parametrize(
    "typed",
    ["Transport", "trasnport", "Tansport", "departement of transport", "dot", "tránsport", "CDOT"],
)
def test_agencies_are_found_in_spite_of_misspellings(cco, agency, other_agency, typed):
    AgencySpelling.objects.create(
        agency=agency, state="CO", spelling="CDOT, Colorado", reason="The import said so."
    )
    assert found(cco, typed)["agencies"][0] == "Department of Transport"


@pytest.mark.parametrize("typed", ["Transport", "trasnport", "tránsport", "dot"])
def test_the_list_forgives_the_same(client, cco, agency, other_agency, typed):
    client.force_login(cco)
    rows = client.get("/agencies/", {"q": typed}).context["page_obj"].object_list
    assert rows[0].pk == agency.pk


@pytest.mark.parametrize("typed", ["Ines Cruz", "ines cruzz", "Inez Cruz", "ines@dot"])
def test_people_are_found_in_spite_of_misspellings(cco, agency_cio, typed):
    assert found(cco, typed)["people"] == ["Ines Cruz, Chief Information Officer"]


@pytest.mark.parametrize("typed", ["outage", "outages", "outag", "notice outage"])
def test_words_are_found_in_any_form(cco, agency, typed):
    make.MeetingFactory(at=[agency], note="They want a notice before outages.")
    make.ConcernFactory(agency=agency, quote="No notice of the outage.", topic="Outages")
    make.ActionFactory(agency=agency, what="Send outage notices")
    assert found(cco, typed) == {
        "concerns": ["Outages"],
        "actions": ["Send outage notices"],
        "meeting": ["At their place"],
    }


def test_nothing_is_found_of_what_is_not_there(cco, agency):
    assert found(cco, "qqqqqq") == {}
    assert found(cco, "& | ! ( ) : *") == {}


def test_marks_do_not_become_markup(client, cco, agency):
    make.MeetingFactory(at=[agency], note="<b>outage</b> <script>alert(1)</script> \ue000x\ue001")
    client.force_login(cco)
    html = client.get("/search/", {"q": "outage"}).content.decode()
    assert "<mark>outage</mark>" in html
    assert "<b>" not in html
    assert "<script>alert" not in html


def test_one_letter_asks_for_more(client, cco):
    client.force_login(cco)
    assert "Type two letters or more" in client.get("/search/", {"q": "x"}).content.decode()
