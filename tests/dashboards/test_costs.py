"""Statements for each page: few, and the same for one row and for three, for a short and a long
history."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories as make
from tests.factories import NOW, TODAY


def fill(agency, liaison, answers):
    make.MeetingFactory(at=[agency], mood=2)
    make.AssignmentFactory(agency=agency, user=liaison)
    answers(agency, [2, 4])
    person = make.PersonFactory(agency=agency)
    concern = make.ConcernFactory(agency=agency, raised_by=person, rating=2)
    action = make.ActionFactory(
        agency=agency, owner=liaison, concern=concern, due_on=TODAY - dt.timedelta(days=3)
    )
    action.activities.create(kind="note", text="Called.", at=NOW)
    action.rungs.create(cycle=1, level=1, reached_at=NOW)


PAGES = [
    ("/", 20),
    ("/agencies/", 10),
    ("/agencies/?per_page=100", 10),
    ("/agencies/?state=watch", 10),
    ("/agencies/?gap=silent&sort=call", 10),
    ("/agencies/?q=departmnet", 10),
    ("/work/", 10),
    ("/search/?q=we", 12),
]


@pytest.fixture
def grow(liaison, answers):
    """`grow(2)`: that many more agencies, each with one of everything."""

    def more(count):
        for _number in range(count):
            fill(make.AgencyFactory(), liaison, answers)

    return more


def statements(client, address):
    """How many statements the page costs once what finished waves said is in the cache."""
    assert client.get(address).status_code == 200, address
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)


@pytest.mark.parametrize(
    ("who", "address", "limit"),
    [
        ("cco", "/topics/", 20),
        *((who, *page) for who in ("cco", "liaison") for page in PAGES),
    ],
)
def test_a_list_costs_the_same_for_one_row_and_for_three(
    client, cco, liaison, grow, request, who, address, limit
):
    cache.clear()
    client.force_login(request.getfixturevalue(who))
    grow(1)
    one = statements(client, address)
    grow(2)
    assert statements(client, address) == one
    assert one <= limit


@pytest.mark.parametrize("who", ["cco", "liaison"])
def test_an_agency_costs_the_same_however_long_its_history(
    client, cco, liaison, grow, request, who
):
    cache.clear()
    client.force_login(request.getfixturevalue(who))
    grow(1)
    agency = liaison.assignments.latest("pk").agency
    address = f"/agencies/{agency.pk}/"
    short = statements(client, address)
    for days in range(40):
        make.MeetingFactory(at=[agency], held_at=NOW - dt.timedelta(days=days))
        make.ConcernFactory(agency=agency)
        make.ActionFactory(agency=agency)
        make.PersonFactory(agency=agency)
    assert statements(client, address) == short
    assert short <= 15
    assert statements(client, f"{address}meetings/?per_page=200") <= 10
