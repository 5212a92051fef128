"""Every list asks the database as often for three rows as for one, whoever reads it: each page is
opened before and after the world has grown (tests/doors/growth.py)."""

import logging

import pytest

from agencies.models import Agency
from tests.doors.growth import Growing, addresses, admin_lists, read

pytestmark = pytest.mark.django_db
# So many statements at most, and on the pages that bring many things together.
LIMIT = 11
LIMITS = {
    "dashboards:agency": 14,
    "dashboards:home": 24,
    "dashboards:topics": 12,
    "feedback:concern": 13,
    "surveys:wave": 14,
}
# Pages of one thing, which more rows do not lengthen.
ONE_ROW = "shows one row"
A_FORM = "a form of one row"
NO_LISTS = {
    "accounts:address": A_FORM,
    "accounts:profile": A_FORM,
    "agencies:person": A_FORM,
    "agencies:person_add": A_FORM,
    "agencies:spelling_split": A_FORM,
    "agencies:import_result": ONE_ROW,
    "dashboards:topics": "its heat map has a test of its own, tests/dashboards/test_costs.py",
    "feedback:action_date": A_FORM,
    "feedback:action_done": A_FORM,
    "feedback:action_drop": A_FORM,
    "feedback:action_note": A_FORM,
    "outbox:letter": ONE_ROW,
    "outbox:preview": ONE_ROW,
    "surveys:audience": "a number",
    "surveys:question_delete": A_FORM,
    "surveys:question_edit": A_FORM,
    "surveys:questionnaire_add": A_FORM,
    "surveys:questionnaire_copy": A_FORM,
    "surveys:questionnaire_edit": A_FORM,
    "surveys:wave_end": A_FORM,
    "surveys:wave_extend": A_FORM,
    "surveys:wave_open": A_FORM,
}


@pytest.fixture
def growing(agency, liaison, cco, now):
    logging.disable(logging.CRITICAL)
    yield Growing(agency=agency, liaison=liaison, cco=cco, now=now)
    logging.disable(logging.NOTSET)


def grow(growing, readers):
    """(who, page) → its cost with one row and with three."""
    before = {who: read(user, pages(growing)) for who, (user, pages) in readers.items()}
    growing.add()
    growing.add()
    after = {who: read(user, pages(growing)) for who, (user, pages) in readers.items()}
    return {
        (who, name): (cost, after[who][name])
        for who, costs in before.items()
        for name, cost in costs.items()
    }


def dearer(costs):
    """{(who, page): statements with one row and with three} where they differ."""
    found = {page: (one.statements, three.statements) for page, (one, three) in costs.items()}
    return {page: pair for page, pair in found.items() if pair[0] != pair[1]}


def test_a_list_asks_as_often_for_three_rows_as_for_one(
    growing, cco, liaison, administrator, figure
):
    costs = grow(
        growing,
        {
            "cco": (cco, addresses),
            "liaison": (liaison, addresses),
            "administrator": (administrator, lambda _world: admin_lists()),
        },
    )
    lists = {name for (_who, name), (one, three) in costs.items() if three.parts > one.parts}
    most = max(three.statements for _one, three in costs.values())
    figure(
        f"{len(costs)} pages, {len(lists)} of them lists, as the CCO, a liaison and the "
        f"administrator: {len(dearer(costs))} ask more for three rows; at most {most} statements"
    )
    assert dearer(costs) == {}
    assert {name for _who, name in costs} - lists == NO_LISTS.keys()
    assert [
        page
        for page, (_one, three) in costs.items()
        if three.statements > LIMITS.get(page[1], LIMIT)
    ] == []


def test_a_statement_for_each_row_is_seen(growing, administrator, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(Agency, "__str__", lambda agency: str(Agency.objects.count()))
    costs = grow(growing, {"administrator": (administrator, lambda _world: admin_lists())})
    assert ("administrator", "admin list of feedback.Concern") in dearer(costs)
