"""Nobody falls between two stools: who cannot be told, who stands in, and what the page says."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from crm_portal.lib import links
from feedback.models import Action, Concern, ReportBack
from feedback.services import actions, dispositions, escalation
from feedback.services import report_back as reports
from outbox.models import Letter
from tests import factories
from tests.feedback.conftest import letters


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def opened(client, liaison):
    """The context of a concern's page, as its liaison sees it."""
    client.force_login(liaison)
    return lambda row: client.get(reverse("feedback:concern", args=[row.pk])).context


def texts(context):
    return [entry.text for entry in context["entries"]]


# ---- Whom a rung tells ---------------------------------------------------------------------------


def test_owner_who_no_longer_looks_after_them_is_stood_in_for(action, liaison, lead, cco, later):
    liaison.assignments.update(until=dt.date(2027, 3, 1))
    escalation.climb(now=later(days=8))
    assert letters("escalation") == [("lead@oit.example", "escalation", "queued")]


def test_lead_who_does_not_see_them_is_stood_in_for(action, liaison, lead, cco, later):
    User.objects.filter(pk=liaison.pk).update(lead=factories.UserFactory(name="Paul Peer"))
    liaison.assignments.update(until=dt.date(2027, 3, 1))
    escalation.climb(now=later(days=8))
    assert [row[0] for row in letters("escalation")] == ["lead@oit.example"]


def test_not_fixed_reaches_somebody_when_the_owner_is_gone(report_back, liaison, lead, later):
    liaison.assignments.update(until=dt.date(2027, 3, 1))
    reports.answer(report_back=report_back, verdict="not_fixed", words="", now=later(days=1))
    assert letters("reopened") == [("lead@oit.example", "reopened", "queued")]


# ---- The raiser who cannot be told ---------------------------------------------------------------


def test_raiser_who_left_after_being_asked_is_no_dead_end(
    report_back, concern, agency, agency_cio, liaison, opened, today, later
):
    assert opened(concern)["step"].name == "wait"
    agency_cio.left_on = today
    agency_cio.save()
    step = opened(concern)["step"]
    assert (step.name, step.why) == (
        "ask", "No letter reaches Ines Cruz: they have left, or have no address."
    )  # fmt: skip
    heir = factories.PersonFactory(agency=agency, name="Hugo Heir")
    reports.ask(concern=concern, did="Notices go out.", person=heir, by=liaison, now=later(days=1))
    assert opened(concern)["step"].waits_for.person == heir


@pytest.mark.parametrize("state", ["failed", "parked", "cancelled"])
def test_letter_that_did_not_go_out_is_no_dead_end(report_back, concern, opened, now, state):
    values = {"reason": "The address is unknown.", "done_at": now}
    if state == "parked":
        Letter.objects.update(state="claimed")
        Letter.objects.update(state="handing")
        values["done_at"] = None
    Letter.objects.update(state=state, **values)
    context = opened(concern)
    assert context["step"].name == "ask"
    assert "The address is unknown." in context["step"].why
    # What they should have read is not typed again, and whom it concerns is chosen already.
    form = context["forms"]["ask"]
    assert form.initial["did"] == "Notices go out by text now."
    assert form.initial["person"] == concern.raised_by


def test_second_editor_is_told_that_somebody_was_asked(
    report_back, client, concern, agency, agency_cio, liaison, opened, today
):
    agency_cio.left_on = today
    agency_cio.save()
    heir = factories.PersonFactory(agency=agency, name="Hugo Heir")
    form = opened(concern)["forms"]["ask"]
    seen = form.initial["version"]
    reports.ask(concern=concern, did="First.", person=heir, by=liaison, now=dt.datetime.now(dt.UTC))
    answer = client.post(
        reverse("feedback:concern_ask", args=[concern.pk]),
        {"ask-person": heir.pk, "ask-did": "Second.", "ask-version": seen,
         "ask-submit_key": "4ef1a3d8-3c8e-4f61-9e71-0b7de6f8a001"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert [row.did for row in ReportBack.objects.current()] == ["First."]
    assert "Second." in answer.content.decode()


def test_one_question_at_a_time(report_back, now):
    with pytest.raises(IntegrityError, match="one_question_at_a_time"), transaction.atomic():
        ReportBack.objects.create(
            concern=report_back.concern, person=report_back.person, round=2, did="Again.",
            asked_at=now, **links.issue("report_back"),
        )  # fmt: skip


def test_decline_that_nobody_could_be_told_stands_in_the_story(agency, liaison, opened, now):
    nobody = factories.ConcernFactory(agency=agency, raised_by=None)
    dispositions.decline(concern=nobody, reason="The law forbids it.", by=liaison, now=now)
    context = opened(nobody)
    assert "The law forbids it." in texts(context)
    assert context["step"].why == "Nobody is named as having raised this."
    assert [entry.letter.kind for entry in context["entries"] if entry.letter] == ["nobody_to_ask"]


def test_story_holds_the_letter_that_it_did_not_help(report_back, concern, opened, later):
    reports.answer(report_back=report_back, verdict="not_fixed", words="", now=later(days=1))
    whats = [entry.what for entry in opened(concern)["entries"]]
    assert "Dana Ortiz is told that it did not help" in whats


# ---- What was done is told once ------------------------------------------------------------------


def test_outcome_is_not_told_twice(report_back, concern, liaison, today, later):
    """A second action after the report: the next letter tells of that one alone."""
    second = dispositions.open_action(
        concern=concern, what="Meet them", owner=liaison, due_on=today, by=liaison,
        now=later(hours=1),
    )  # fmt: skip
    actions.complete(action=second, outcome="We met.", by=liaison, now=later(hours=2))
    assert [row.did for row in ReportBack.objects.current()] == ["We met."]


# ---- Filters of the lists ------------------------------------------------------------------------


def test_each_outcome_opens_its_concerns(client, cco, agency, liaison, today, now, later):
    def raised():
        return factories.ConcernFactory(agency=agency, raised_by=factories.PersonFactory(
            agency=agency))  # fmt: skip

    def acted(row):
        return dispositions.open_action(
            concern=row, what="Do it", owner=liaison, due_on=today, by=liaison, now=now
        )

    raised()
    work, fixed, not_fixed, waiting = (raised() for _ in range(4))
    untold = factories.ConcernFactory(agency=agency, raised_by=None)
    for row in (work, fixed, not_fixed, waiting, untold):
        action = acted(row)
        if row is not work:
            actions.complete(action=action, outcome="Done.", by=liaison, now=now)
    for row, verdict in [(fixed, "fixed"), (not_fixed, "not_fixed")]:
        current = row.report_backs.get()
        reports.answer(report_back=current, verdict=verdict, words="", now=later(hours=1))
    client.force_login(cco)

    def listed(outcome):
        page = client.get(reverse("feedback:concern_list"), {"outcome": outcome}).context["page"]
        return {row.pk for row in page.object_list}

    assert {name: listed(name) for name in ("untold", "told", "waiting", "fixed", "not_fixed")} == {
        "untold": {untold.pk},
        "told": {fixed.pk, not_fixed.pk, waiting.pk},
        "waiting": {waiting.pk},
        "fixed": {fixed.pk},
        "not_fixed": {not_fixed.pk},
    }
    # What was not fixed is being worked on again.
    assert listed("work") == {work.pk, not_fixed.pk}


def test_filter_keeps_the_tab_and_tabs_count_what_the_filter_shows(
    client, cco, action, liaison, now
):
    actions.complete(action=action, outcome="Done.", by=liaison, now=now)
    client.force_login(cco)
    answer = client.get(reverse("feedback:action_list"), {"whose": "all", "state": "done"})
    assert [row.pk for row in answer.context["page"].object_list] == [action.pk]
    assert [tab["count"] for tab in answer.context["tabs"]] == [0, 0, 1]
    html = answer.content.decode()
    assert '<input type="hidden" name="whose" value="all" id="id_whose">' in html
    assert f'href="{reverse("feedback:action_list")}?whose=all"' in html


def test_export_with_a_filter_that_is_none_is_explained(client, cco, action):
    client.force_login(cco)
    answer = client.get(reverse("feedback:action_export"), {"state": "never"}, follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("feedback:action_list"))
    assert "Select a valid choice" in answer.content.decode()


def test_done_in_the_evening_is_done_today(client, cco, action, liaison, today):
    evening = dt.datetime.combine(today, dt.time(18), tzinfo=dt.timezone(dt.timedelta(hours=-7)))
    actions.complete(action=action, outcome="Done.", by=liaison, now=evening)
    client.force_login(cco)
    html = client.get(reverse("feedback:action_list"), {"whose": "all", "state": "done"}).content
    assert f"done {today:%b} {today.day}" in html.decode()


def test_date_in_another_age_is_questioned(client, concern, liaison):
    client.force_login(liaison)
    answer = client.post(
        reverse("feedback:concern_action", args=[concern.pk]),
        {"action-what": "Wait", "action-owner": liaison.pk, "action-due_on": "9999-12-31",
         "action-submit_key": "4ef1a3d8-3c8e-4f61-9e71-0b7de6f8a002"},
    )  # fmt: skip
    assert (answer.status_code, Action.objects.count()) == (422, 0)
    assert "Check the year." in answer.content.decode()


def test_dropped_action_is_never_open_again(action, liaison, now):
    actions.drop(action=action, why="No longer needed.", by=liaison, now=now)
    with pytest.raises(Exception, match="Invalid transition"), transaction.atomic():
        Action.objects.update(state="open")
    assert Concern.objects.get().state == "new"
