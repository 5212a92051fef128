"""Each letter decides again, at the moment of sending, whether it is wanted; and reads well."""

import datetime as dt
import re

import pytest
from django.utils.module_loading import import_string

from crm_portal.letters import KINDS, Message, Skip
from feedback.models import Concern
from feedback.services import actions, concerns, dispositions, escalation
from feedback.services import report_back as reports
from outbox.models import Letter
from outbox.rendering import render
from tests import factories
from tests.feedback.conftest import token


def compose(kind, now):
    letter = Letter.objects.filter(kind=kind).latest("pk")
    return letter, import_string(KINDS[letter.purpose, kind].compose)(letter, now=now)


def text_of(kind, now):
    letter, message = compose(kind, now)
    assert isinstance(message, Message), message
    rendered = render(letter, message)
    assert "{{" not in rendered.html + rendered.text
    return rendered


def reason(kind, now):
    _letter, skip = compose(kind, now)
    assert isinstance(skip, Skip)
    return skip.reason


@pytest.fixture
def due(action):
    """`due(days)`: so many days after the due date, in the evening."""
    at = dt.datetime.combine(action.due_on, dt.time(1), tzinfo=dt.UTC)
    return lambda days=0: at + dt.timedelta(days=days + 1)


@pytest.fixture
def reminded(due):
    escalation.remind_before_due(now=due(-1))
    return due(-1)


@pytest.fixture
def escalated(due, cco, state_cio):
    escalation.climb(now=due(1))
    escalation.climb(now=due(5))
    return due(5)


def test_reminder_tells_the_story_and_links_to_the_action(reminded, action):
    rendered = text_of("due_soon", reminded)
    assert rendered.headline == "Due soon: Send outage notices to the duty officer"
    assert "Nobody told us about the outage." in rendered.text
    assert f"/actions/{action.pk}/" in rendered.text
    assert f"/actions/{action.pk}/" in rendered.html


def test_reminder_is_dropped_after_a_new_date_owner_or_end(reminded, action, liaison, officer):
    later_on = action.due_on + dt.timedelta(days=9)
    actions.set_due(action=action, due_on=later_on, why="Parts.", by=liaison, now=reminded)
    assert reason("due_soon", reminded) == "The action has another date now."
    actions.hand_over(action=action, to=officer, by=liaison, now=reminded)
    assert reason("due_soon", reminded) == "The action was handed over."
    actions.drop(action=action, why="No.", by=officer, now=reminded)
    assert reason("due_soon", reminded) == "The action is no longer open."


def test_reminder_is_dropped_when_the_ladder_begins(reminded, due):
    assert reason("due_soon", due(0)) == "The due date has passed: the ladder begins."


def test_escalation_names_owner_source_and_who_was_told(escalated):
    rendered = text_of("escalation", escalated)
    for words in ["an action of Dana Ortiz is late", "Nobody told us", "Dana Ortiz was told on"]:
        assert words in rendered.text
    assert "March 10" in rendered.text


def test_escalation_about_a_cycle_that_is_over_is_dropped(escalated, action, liaison):
    actions.note(action=action, text="On its way.", by=liaison, now=escalated)
    assert reason("escalation", escalated) == "There was a sign of life in the meantime."


def test_nobody_reads_by_mail_what_no_page_would_show(escalated, reminded, liaison):
    liaison.assignments.update(until=dt.date(2020, 12, 31))
    assert reason("due_soon", reminded) == "Dana Ortiz does not look after them any more."


def test_report_back_carries_the_only_link(report_back, now):
    rendered = text_of("report_back", now)
    for words in ["Nobody told us about the outage.", "Notices go out by text now."]:
        assert words in rendered.text
        assert words in rendered.html
    assert set(re.findall(r"/r/([\w-]+)", rendered.text + rendered.html)) == {token(report_back)}


def test_report_back_is_dropped_after_the_answer_or_newer_news(
    report_back, concern, liaison, today, now
):
    reports.answer(report_back=report_back, verdict="fixed", words="", now=now)
    assert reason("report_back", now) == "The answer has arrived."
    reports.supersede(concern=concern, now=now)
    assert reason("report_back", now) == "There is newer news about this concern."


def test_report_back_is_not_sent_to_who_left_or_moved(report_back, agency_cio, today, now):
    agency_cio.email = "new@dot.example"
    agency_cio.save()
    assert "another address" in reason("report_back", now)
    agency_cio.left_on = today
    agency_cio.save()
    assert reason("report_back", now) == "This person has left."


def test_reopened_carries_their_words(report_back, now):
    reports.answer(report_back=report_back, verdict="not_fixed", words="Still <silent>.", now=now)
    rendered = text_of("reopened", now)
    assert "“Still <silent>.”" in rendered.text
    assert "Still &lt;silent&gt;." in rendered.html


@pytest.mark.parametrize("verb", ["reply", "decline"])
def test_answers_in_words_and_what_does_not_settle(concern, liaison, now, verb):
    words = {"reply": "text", "decline": "reason"}[verb]
    getattr(dispositions, verb)(concern=concern, **{words: "No money."}, by=liaison, now=now)
    assert "No money." in text_of("reply", now).text
    row = concern.report_backs.get()
    reports.answer(report_back=row, verdict="not_fixed", words="Find some.", now=now)
    assert "Find some." in text_of("unsettled", now).text
    dispositions.reply(concern=concern, text="We found some.", by=liaison, now=now)
    assert reason("unsettled", now) == "The concern has another answer in the meantime."


def test_liaison_is_asked_whom_to_tell(action, liaison, agency, now):
    Concern.objects.update(raised_by=None)
    actions.complete(action=action, outcome="Done.", by=liaison, now=now)
    assert "choose somebody" in text_of("nobody_to_ask", now).text
    person = factories.PersonFactory(agency=agency)
    concern = Concern.objects.get()
    reports.ask(concern=concern, did="Done.", person=person, by=liaison, now=now)
    assert reason("nobody_to_ask", now) == "Somebody has been asked in the meantime."


def test_concern_of_a_rating_names_the_question(response, liaison, now):
    concerns.raise_from_response(response=response, now=now)
    row = Concern.objects.exclude(rating=None).get()
    dispositions.reply(concern=row, text="We know.", by=liaison, now=now)
    assert "You gave 2 of 5 to “They understand our business.”" in text_of("reply", now).text
