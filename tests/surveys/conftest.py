import datetime as dt

import pytest

from surveys.models import Invitation, Question
from surveys.services import invitations, questionnaires, responses, waves
from tests import factories

K = Question.Kind
QUESTIONS = [
    {"kind": K.RATING, "topic": "Overall", "text": "How satisfied are you?", "required": True},
    {"kind": K.RATING, "topic": "Business", "text": "They understand our business."},
    {"kind": K.LIKELIHOOD, "topic": "Recommend", "text": "Would you recommend us?"},
    {
        "kind": K.CHOICE,
        "topic": "Outage",
        "text": "Did you have an outage?",
        "options": ["Yes", "No"],
    },
    {
        "kind": K.SHORT_TEXT,
        "topic": "Which outage",
        "text": "Which one?",
        "required": True,
        "show_if": "outage",
        "show_if_values": ["Yes"],
    },
    {
        "kind": K.CHOICES,
        "topic": "Channels",
        "text": "How do you reach us?",
        "options": ["Phone", "Mail", "In person"],
    },
    {"kind": K.LONG_TEXT, "topic": "Else", "text": "Anything else?"},
]


@pytest.fixture(autouse=True)
def at_that_time(now, time_machine):
    """Pages of respondents read the clock: a survey is over after its last day."""
    time_machine.move_to(now)


@pytest.fixture
def questionnaire(office_row, now):
    return questionnaires.create(
        title="Yearly survey", introduction="Tell us.", questions=QUESTIONS, by=None, now=now
    )


@pytest.fixture
def q(questionnaire):
    """The questions by their topic."""
    return {question.topic: question for question in questionnaire.questions.all()}


@pytest.fixture
def draft_wave(questionnaire, today):
    return waves.prepare(
        questionnaire=questionnaire,
        title="Survey 2027",
        opens_on=today,
        closes_on=today + dt.timedelta(days=28),
        reminder_days=[7, 14, 21],
        by=None,
    )


@pytest.fixture
def wave(draft_wave, agency_cio, liaison, now):
    """Open since now; the agency's CIO is invited."""
    waves.open_now(wave=draft_wave, by=None, now=now)
    invitations.invite(wave=draft_wave, now=now)
    return draft_wave


@pytest.fixture
def invitation(wave, agency_cio):
    return Invitation.objects.get(wave=wave, person=agency_cio)


@pytest.fixture
def answers(q):
    return {
        q["Overall"].pk: {"number": 2, "text": "Nobody told us about the outage."},
        q["Business"].pk: {"number": 4},
        q["Recommend"].pk: {"number": 7},
        q["Outage"].pk: {"options": ["Yes"]},
        q["Which outage"].pk: {"text": "The one in May"},
        q["Channels"].pk: {"options": ["Phone", "In person"]},
    }


@pytest.fixture
def response(invitation, answers, now):
    return responses.submit(invitation=invitation, answers=answers, now=now + dt.timedelta(hours=1))


@pytest.fixture
def person_at():
    """A further respondent at an agency."""
    return lambda agency, **fields: factories.PersonFactory(agency=agency, **fields)
