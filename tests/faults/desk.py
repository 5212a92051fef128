"""An office on whose desk everything is due: for tests of who does it, and how often."""

import datetime as dt
from collections import Counter

from agencies.models import Assignment, Person
from crm_portal.lib import links
from feedback.models import Concern, ReportBack, Rung
from outbox.models import Letter
from surveys.models import Answer, Invitation, Response, Wave
from tests import factories as make

NOW, TODAY = make.NOW, make.TODAY
DAY = dt.timedelta(days=1)
Level = Person.Level


def fill(*, people, actions, liaison):
    """A wave to open for so many people, one whose first reminder is due to as many others, one to
    end; so many late actions, as many due soon; an answer nobody has read, and a raiser nobody has
    told.
    """
    agency = Assignment.objects.filter(user=liaison).earliest("pk").agency
    question = make.QuestionFactory()
    make.WaveFactory(
        title="To open",
        questionnaire=question.questionnaire,
        audience_levels=[Level.EXECUTIVE],
        opens_on=TODAY,
        state=Wave.State.DRAFT,
        opened_at=None,
    )
    make.PersonFactory.create_batch(people, agency=agency, level=Level.EXECUTIVE)
    running = make.WaveFactory(
        title="Running",
        audience_levels=[Level.ONE_DOWN],
        opens_on=TODAY - 8 * DAY,
        opened_at=NOW - 8 * DAY,
    )
    asked = make.PersonFactory.create_batch(people, agency=agency, level=Level.ONE_DOWN)
    for person in asked:
        make.InvitationFactory(wave=running, person=person, invited_at=NOW - 8 * DAY)
    make.WaveFactory(
        title="To end",
        audience_levels=[Level.STAFF],
        opens_on=TODAY - 30 * DAY,
        closes_on=TODAY - DAY,
    )
    answer(running.invitations.earliest("pk"))
    for _ in range(actions):
        long_ago = {"owner": liaison, "last_activity_at": NOW - 20 * DAY}
        make.ActionFactory(agency=agency, due_on=TODAY - 7 * DAY, **long_ago)
        make.ActionFactory(agency=agency, due_on=TODAY + DAY, **long_ago)
    concern = make.ConcernFactory(agency=agency, raised_by=asked[0], state="reported",
                                  disposed_at=NOW, disposed_by=liaison)  # fmt: skip
    ReportBack.objects.create(
        concern=concern,
        person=concern.raised_by,
        round=1,
        did="We did it.",
        asked_at=NOW,
        **links.issue("report_back"),
    )


def answer(invitation):
    """A low rating that nobody has read yet."""
    response = Response.objects.create(
        invitation=invitation,
        wave=invitation.wave,
        agency=invitation.agency,
        promise="Your name stands beside it.",
        started_at=NOW - DAY,
        submitted_at=NOW - DAY,
    )
    question = make.QuestionFactory(questionnaire=invitation.wave.questionnaire)
    Answer.objects.create(
        response=response, question=question, number=2, text="Too slow.", saved_at=NOW - DAY
    )


def cleared(*, people, actions):
    """What `done` says once everything was done, and nothing twice."""
    return {
        "letters": {
            ("sent", "invitation"): people,
            ("sent", "reminder"): people - 1,
            ("sent", "escalation"): actions,
            ("sent", "due_soon"): actions,
            ("sent", "report_back"): 1,
        },
        "invitations": 2 * people,
        # After an outage every level passed is recorded, and only the highest is announced.
        "rungs": {1: actions, 2: actions, 3: actions},
        "concerns raised": 1,
        "waves": {"To open": "open", "Running": "open", "To end": "ended"},
    }


def done():
    """What was done at this desk so far."""
    return {
        "letters": dict(Counter(Letter.objects.values_list("state", "kind"))),
        "invitations": Invitation.objects.count(),
        "rungs": dict(Counter(Rung.objects.values_list("level", flat=True))),
        "concerns raised": Concern.objects.exclude(answer=None).count(),
        "waves": dict(Wave.objects.values_list("title", "state")),
    }
