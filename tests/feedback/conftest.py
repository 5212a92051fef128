"""The rows that stories about concerns begin with."""

import datetime as dt

import pytest

from crm_portal.lib import links
from feedback.models import ReportBack
from feedback.services import actions, dispositions
from outbox.models import Letter
from surveys.models import Answer, Question, Response
from tests import factories


@pytest.fixture
def later(now):
    """`later(days=3)`: so long after now."""
    return lambda **span: now + dt.timedelta(**span)


@pytest.fixture
def response(agency_cio, now):
    """Submitted: a 2 with a comment, a 5, a long text and a short one."""
    return submitted(agency_cio, now)


def submitted(person, now, **wave):
    invitation = factories.InvitationFactory(
        person=person, wave=factories.WaveFactory(state="ended", ended_at=now, **wave)
    )
    row = Response.objects.create(
        invitation=invitation,
        wave=invitation.wave,
        agency=invitation.agency,
        promise="Your liaison reads it.",
        started_at=now,
        submitted_at=now,
    )
    for position, (kind, number, text) in enumerate(
        [
            (Question.Kind.RATING, 2, "Nobody told us about the outage."),
            (Question.Kind.RATING, 5, ""),
            (Question.Kind.LONG_TEXT, None, "Please visit us more often."),
            (Question.Kind.SHORT_TEXT, None, "Ines"),
        ],
        start=1,
    ):
        question = factories.QuestionFactory(
            questionnaire=invitation.wave.questionnaire, position=position, kind=kind
        )
        Answer.objects.create(
            response=row, question=question, number=number, text=text, saved_at=now
        )
    return row


@pytest.fixture
def concern(agency, agency_cio):
    return factories.ConcernFactory(agency=agency, raised_by=agency_cio)


@pytest.fixture
def action(concern, liaison, today, now):
    """Of the concern, owned by the liaison, due in a week."""
    return dispositions.open_action(
        concern=concern,
        what="Send outage notices to the duty officer",
        owner=liaison,
        due_on=today + dt.timedelta(days=7),
        by=liaison,
        now=now,
    )


@pytest.fixture
def report_back(action, liaison, now):
    """The raiser has been told what was done, and asked."""
    actions.complete(action=action, outcome="Notices go out by text now.", by=liaison, now=now)
    return ReportBack.objects.get()


def letters(kind=None):
    """(recipient, kind, state) of every letter promised, in order."""
    rows = Letter.objects.order_by("pk")
    if kind:
        rows = rows.filter(kind=kind)
    return [(row.recipient, row.kind, row.state) for row in rows]


def token(row: ReportBack):
    return links.token_of("report_back", row)


@pytest.fixture
def as_user(client, request):
    """`as_user("liaison")`: a client signed in as this member of the cast."""

    def sign_in(name):
        client.force_login(request.getfixturevalue(name))
        return client

    return sign_in
