"""From rows to facts: each rule once, through the database."""

import datetime as dt

import pytest

from agencies.models import Agency, Meeting
from crm_portal.lib import links
from dashboards import facts
from dashboards.queries import roster
from feedback.models import Concern, ReportBack, Rung
from surveys.models import Wave
from tests import factories as make
from tests.factories import NOW, TODAY


@pytest.fixture
def row(cco, agency):
    """`row()`: the agency as the CCO's list shows it now."""

    def read():
        rows, _evidence = roster.everybody(cco, now=NOW)
        return next(row for row in rows if row.pk == agency.pk)

    return read


def meet(agency, **fields):
    meeting = make.MeetingFactory(at=[agency], **fields)
    agency.last_contact_at = agency.last_visit_at = meeting.held_at
    agency.save()
    return meeting


def test_a_new_agency_is_unknown(row):
    assert row().standing.state == "unknown"
    assert row().standing.why == "No contact on record and no survey answer"


def test_a_visit_makes_it_good(row, agency):
    meet(agency)
    assert row().standing.state == "good"


def test_the_last_mood_counts_and_restricted_or_withdrawn_ones_do_not(row, agency):
    meet(agency, mood=Meeting.Mood.BAD, held_at=NOW - dt.timedelta(days=30))
    meet(agency, mood=Meeting.Mood.GOOD, held_at=NOW - dt.timedelta(days=10))
    make.MeetingFactory(at=[agency], mood=1, restricted=True, held_at=NOW)
    make.MeetingFactory(at=[agency], mood=1, withdrawn_at=NOW, held_at=NOW)
    assert row().facts.mood == Meeting.Mood.GOOD


def test_the_newest_wave_with_an_answer_gives_the_score(row, agency, question, wave, answers):
    before = make.WaveFactory(
        title="2026", questionnaire=question.questionnaire, state=Wave.State.CLOSED,
        opens_on=TODAY - dt.timedelta(days=365), closes_on=TODAY - dt.timedelta(days=335),
    )  # fmt: skip
    answers(agency, [2, 3, 3], wave=before)
    answers(agency, [], invited=2)
    assert row().facts.score.words == "2.6 (n = 3)"
    assert row().facts.is_silent


def test_ratings_of_waves_past_their_shelf_life_count_no_more(row, agency, question, answers):
    old = make.WaveFactory(
        questionnaire=question.questionnaire, state=Wave.State.CLOSED,
        opens_on=TODAY - dt.timedelta(days=500), closes_on=TODAY - dt.timedelta(days=401),
    )  # fmt: skip
    answers(agency, [5, 5], wave=old)
    assert row().facts.score is None


def test_only_rungs_of_the_present_cycle_count(row, agency):
    action = make.ActionFactory(
        agency=agency, due_on=TODAY - dt.timedelta(days=9), cycle=2,
        owner=make.UserFactory(name="Dana Ortiz"),
    )  # fmt: skip
    Rung.objects.create(action=action, cycle=1, level=4, reached_at=NOW)
    assert row().facts.late.rung == 0
    Rung.objects.create(action=action, cycle=2, level=3, reached_at=NOW)
    assert (row().facts.late.rung, row().facts.late.owner) == (3, "Dana Ortiz")
    assert row().standing.state == "at_risk"


def test_what_is_due_today_is_not_late(row, agency):
    make.ActionFactory(agency=agency, due_on=TODAY)
    assert (row().open_actions, row().late_actions) == (1, 0)


def test_a_low_rating_is_at_risk_until_somebody_disposes_of_it(row, agency, cco):
    meet(agency)
    concern = make.ConcernFactory(agency=agency, rating=2)
    assert row().standing.state == "at_risk"
    concern.state, concern.disposed_at, concern.disposed_by = "in_action", NOW, cco
    concern.save()
    assert row().standing.state == "watch"
    make.ActionFactory(agency=agency, concern=concern, due_on=TODAY - dt.timedelta(days=1))
    assert row().standing.state == "at_risk"


def test_what_is_in_hand_does_not_hide_what_nobody_looks_at(row, agency, cco):
    make.ConcernFactory(
        agency=agency, rating=1, state=Concern.State.IN_ACTION, disposed_at=NOW, disposed_by=cco
    )
    make.ConcernFactory(agency=agency, rating=2, topic="Cost")
    assert (row().facts.low.rating, row().facts.low.is_disposed) == (2, False)


def test_not_fixed_counts_while_the_work_goes_on(row, agency, cco):
    concern = make.ConcernFactory(
        agency=agency, state=Concern.State.IN_ACTION, disposed_at=NOW, disposed_by=cco
    )
    ReportBack.objects.create(
        concern=concern, person=concern.raised_by, round=1, did="Done.", asked_at=NOW,
        verdict=ReportBack.Verdict.NOT_FIXED, answered_at=NOW, **links.issue("report_back"),
    )  # fmt: skip
    assert row().facts.not_fixed_topic == "Business"
    concern.state = Concern.State.REPORTED
    concern.save()
    assert row().facts.not_fixed_topic is None


def test_the_primary_liaison_is_the_one_of_today(row, agency, liaison):
    assert row().liaison == "Dana Ortiz"
    agency.assignments.update(until=TODAY - dt.timedelta(days=1))
    assert row().liaison is None
    assert not row().facts.has_liaison


@pytest.mark.parametrize("more", [0, 2])
def test_facts_cost_five_statements_and_the_agencies_one(
    cco, agency, more, answers, django_assert_num_queries
):
    for some in [agency, *(make.AgencyFactory() for _ in range(more))]:
        meet(some, mood=2)
        answers(some, [2, 4])
        make.ConcernFactory(agency=some, rating=2)
        make.ActionFactory(agency=some, due_on=TODAY - dt.timedelta(days=3))
    agencies = Agency.objects.visible_to(cco)
    with django_assert_num_queries(6):  # the office's own row is one of them
        found = list(facts.with_contacts(agencies, now=NOW).values(*facts.FIELDS))
        evidence = facts.Evidence([agency["pk"] for agency in found], now=NOW)
        assert len(facts.rows(found, evidence)) == 1 + more
