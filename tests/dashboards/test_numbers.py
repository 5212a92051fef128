"""Every number on the home page opens its rows, and equals them."""

import datetime as dt
import re

import pytest
from django.core.cache import cache

from crm_portal.lib import links
from feedback.models import Concern, ReportBack, Rung
from surveys.models import Wave
from surveys.queries.waves import rates_of
from tests import factories as make
from tests.factories import NOW, TODAY

# `<a … href="ADDRESS">12</a>`: a link whose whole text is a number, or "of" and a number.
NUMBER = re.compile(r'<a[^>]*href="([^"]+)"[^>]*>(?:of )?(\d+)(?:<span[^>]*>[^<]*</span>)?</a>')
COUNTED = re.compile(r"\b(\d+)\b")


@pytest.fixture
def office_of_six(cco, liaison, other_liaison, agency, other_agency, wave, question, answers):
    """At least one row behind each number, and never the same count twice by accident."""
    cache.clear()
    lonely = [make.AgencyFactory() for _ in range(4)]
    for i, some in enumerate([agency, other_agency, *lonely]):
        answers(some, [[2, 1, 1], [5, 5], [], [], [4], []][i], invited=3)
        if i < 5:
            meeting = make.MeetingFactory(at=[some], held_at=NOW - dt.timedelta(days=20 * i + 1))
            some.last_contact_at = meeting.held_at
            some.last_visit_at = meeting.held_at if i % 2 else None
            some.save()
    make_loop(agency, liaison, cco)
    closed = make.AgencyFactory(closed_on=TODAY)
    make.ActionFactory(agency=closed, due_on=TODAY - dt.timedelta(days=3), owner=cco)
    before = make.WaveFactory(
        title="2026", questionnaire=question.questionnaire, state=Wave.State.CLOSED,
        opens_on=TODAY - dt.timedelta(days=365), closes_on=TODAY - dt.timedelta(days=335),
        opened_at=NOW - dt.timedelta(days=365), ended_at=NOW - dt.timedelta(days=335),
    )  # fmt: skip
    answers(agency, [3, 4], invited=4, wave=before)


def make_loop(agency, liaison, cco):
    """Concerns in every state, and actions on several rungs."""
    for state, many in [("new", 5), ("in_action", 4), ("reported", 3), ("fixed", 2)]:
        for number in range(many):
            concern = make.ConcernFactory(
                agency=agency, state=state, rating=2 if number else None,
                disposed_at=None if state == "new" else NOW,
                disposed_by=None if state == "new" else cco,
            )  # fmt: skip
            if state in {"reported", "fixed"}:
                is_fixed = state == "fixed"
                ReportBack.objects.create(
                    concern=concern, person=concern.raised_by, round=1, did="Done.",
                    asked_at=NOW, verdict="fixed" if is_fixed else "",
                    answered_at=NOW if is_fixed else None, **links.issue("report_back"),
                )  # fmt: skip
            if state == "in_action" and number:
                make.ActionFactory(agency=agency, concern=concern, owner=liaison, due_on=TODAY)
    long_ago = NOW - dt.timedelta(days=400)
    settled = make.ConcernFactory(
        agency=agency, state=Concern.State.FIXED, disposed_at=NOW, disposed_by=cco,
        raised_at=long_ago,
    )  # fmt: skip
    ReportBack.objects.create(
        concern=settled, person=settled.raised_by, round=1, did="Done.", asked_at=long_ago,
        verdict="fixed", answered_at=long_ago, **links.issue("report_back"),
    )  # fmt: skip
    for rung, many in [(0, 3), (1, 2), (3, 1)]:
        for _number in range(many):
            action = make.ActionFactory(
                agency=agency, owner=liaison, due_on=TODAY - dt.timedelta(days=1 + rung)
            )
            for level in range(1, rung + 1):
                Rung.objects.create(action=action, cycle=1, level=level, reached_at=NOW, told=cco)


def rows_behind(client, address):
    """How many rows the page at this address has in all."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    page = answer.context.get("page_obj") or answer.context.get("page")
    return page.paginator.count


def numbers_on(client, address):
    """[(address, number)] of every linked number in the page's main part."""
    html = client.get(address).content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    found = [(a.replace("&amp;", "&"), int(n)) for a, n in NUMBER.findall(main)]
    return [(a, n) for a, n in found if not a.startswith("/surveys/")]


@pytest.mark.parametrize("who", ["cco", "lead", "state_cio", "administrator"])
def test_every_number_equals_the_rows_that_it_opens(client, request, office_of_six, who):
    client.force_login(request.getfixturevalue(who))
    numbers = numbers_on(client, "/")
    assert len(numbers) >= 16
    wrong = {a: (n, rows_behind(client, a)) for a, n in numbers if rows_behind(client, a) != n}
    assert wrong == {}


def test_the_numbers_are_those_of_the_rows(client, cco, office_of_six):
    client.force_login(cco)
    found = client.get("/").context["found"]
    assert sum(found.states.values()) == 6
    assert found.overdue == {0: 4, 1: 2, 3: 1}
    loop = found.loop
    assert (loop.new, loop.in_work, loop.untold) == (5, 3, 1)
    assert (loop.fixed, loop.not_fixed, loop.waiting, loop.told) == (2, 0, 3, 5)
    assert (found.response.people, found.response.invited) == (6, 18)
    assert {gap.name: len(gap.rows) for gap in found.gaps} == {
        "no_liaison": 4, "silent": 3, "no_visit": 4, "stale": 1,
    }  # fmt: skip


def test_the_surveys_tile_says_what_the_waves_page_says(client, cco, office_of_six, wave, answers):
    """People of an agency that has closed since were asked, too."""
    answers(make.AgencyFactory(closed_on=TODAY), [3], invited=2)
    client.force_login(cco)
    response = client.get("/").context["found"].response
    rates = rates_of(wave, cco)
    assert (response.people, response.invited) == (rates.people_heard, rates.people) == (7, 20)


def test_the_head_counts_what_my_work_shows(client, liaison, office_of_six):
    client.force_login(liaison)
    answer = client.get("/work/")
    assert int(str(answer.context["my_work"])) == answer.context["total"] == 6 + 3 + 5
    assert bool(answer.context["my_work_late"])


def test_the_wave_before_is_compared_on_the_same_day(client, cco, office_of_six, agency):
    before = Wave.objects.get(title="2026")
    for days, person in [(1, "early"), (2, "in time"), (20, "late")]:
        invitation = make.InvitationFactory(
            wave=before, person=make.PersonFactory(agency=agency, name=person)
        )
        invitation.wave.responses.create(
            invitation=invitation, agency=agency, promise="", started_at=NOW,
            submitted_at=before.opened_at + dt.timedelta(days=days),
        )  # fmt: skip
    client.force_login(cco)
    response = client.get("/").context["found"].response
    assert response.before_share == 2 / 4
    assert response.words == "33%; “2026” stood at 50% on the same day"


def test_the_trend_says_range_and_n(client, cco, office_of_six):
    client.force_login(cco)
    old, new = client.get("/").context["found"].outcomes
    assert (old.wave.title, old.people, old.mean, old.low, old.high) == ("2026", 2, 3.5, 3.5, 3.5)
    assert (new.people, round(new.mean, 2), round(new.low, 2), new.high) == (6, 3.0, 1.33, 5.0)


def test_a_call_that_was_logged_today_takes_the_agency_off_the_list(
    client, cco, office_of_six, agency
):
    client.force_login(cco)
    assert agency.pk in {row.pk for row in client.get("/").context["found"].calls}
    agency.last_contact_at = NOW
    agency.save()
    assert agency.pk not in {row.pk for row in client.get("/").context["found"].calls}


def test_an_agency_page_names_some_of_many_and_leads_to_the_others(client, cco, liaison, agency):
    person, *_others = make.PersonFactory.create_batch(23, agency=agency)
    make.ActionFactory.create_batch(12, agency=agency, owner=liaison, due_on=TODAY)
    make.ConcernFactory.create_batch(11, agency=agency, raised_by=person)
    client.force_login(cco)
    html = client.get(f"/agencies/{agency.pk}/").content.decode()
    assert "12 actions · 11 concerns" in html
    assert "2 more actions</a>" in html
    assert "1 more concern</a>" in html
    assert f'href="/agencies/{agency.pk}/people/">3 more people</a>' in html
    actions = client.get(f"/actions/?whose=all&agency={agency.pk}")
    concerns = client.get(f"/concerns/?agency={agency.pk}")
    assert len(actions.context["page"].object_list) == 12
    assert len(concerns.context["page"].object_list) == 11


def test_the_heat_map_starts_with_the_lowest(client, cco, agency, other_agency, answers):
    cache.clear()
    answers(agency, [4, 4])
    answers(other_agency, [1, 2])
    client.force_login(cco)
    heat = client.get("/").context["found"].heat
    assert [(row.pk, cells) for row, cells in heat.lines] == [
        (other_agency.pk, [(1.5, 2, 1, 2)]),
        (agency.pk, [(4.0, 2, 4, 4)]),
    ]
    assert len(client.get("/topics/").context["heat"].lines) == 2


def test_an_office_without_agencies_is_told_how_to_begin(client, cco):
    client.force_login(cco)
    assert "No agencies yet" in client.get("/").content.decode()
