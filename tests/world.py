"""A small complete world: two agencies that must not learn of each other, and one of everything.

`SECRET` stands in every text that belongs to the other agency, so a page of the first agency's
people that holds it has leaked.
"""

import datetime as dt
from dataclasses import dataclass

import pytest
from django.utils import timezone

from accounts.models import User
from agencies.models import (
    Agency,
    AgencyImport,
    AgencySpelling,
    Assignment,
    ImportDraft,
    Meeting,
    Person,
)
from agencies.services import imports
from crm_portal.lib import links
from crm_portal.tick import STEPS
from feedback.models import Action, ActionActivity, Concern, ReportBack, Rung
from outbox.models import Letter
from outbox.services import heartbeats
from surveys.models import Answer, Invitation, Question, Response, ResponseTally, Wave
from tests import factories as make

SECRET = "Zanzibar"


@dataclass
class Place:
    """Everything that belongs to one agency."""

    agency: Agency
    person: Person
    meeting: Meeting
    invitation: Invitation
    response: Response
    concern: Concern
    action: Action
    report_back: ReportBack
    letter: Letter
    spelling: AgencySpelling
    assignment: Assignment


@dataclass
class World:
    mine: Place
    theirs: Place
    wave: Wave
    draft_wave: Wave
    question: Question
    draft_question: Question
    import_run: AgencyImport
    import_draft: ImportDraft
    people: dict[str, User]


def build_place(*, agency, liaison, wave, question, word, now):
    """One of everything for the agency; `word` stands in each text."""
    person = make.PersonFactory(agency=agency, name=f"Pat {word}", title=f"CIO {word}")
    meeting = make.MeetingFactory(at=[agency], note=f"Notes about {word}.", logged_by=liaison)
    meeting.people.add(person)
    invitation = make.InvitationFactory(wave=wave, person=person)
    response = Response.objects.create(
        invitation=invitation,
        wave=wave,
        agency=agency,
        promise="Your name stands beside it.",
        started_at=now - dt.timedelta(days=1),
        submitted_at=now - dt.timedelta(days=1),
        concerns_raised_at=now,
    )
    answer = Answer.objects.create(
        response=response, question=question, number=2, text=f"Too slow, {word}.", saved_at=now
    )
    wave.tallies.create(question=question, agency=agency, value="2", count=1)
    ResponseTally.objects.create(wave=wave, agency=agency, invited=1, responded=1)
    concern = Concern.objects.create(
        agency=agency,
        raised_by=person,
        raised_at=now,
        source=Concern.Source.ANSWER,
        answer=answer,
        topic="Speed",
        quote=f"Too slow, {word}.",
        rating=2,
        state=Concern.State.IN_ACTION,
        disposed_at=now,
        disposed_by=liaison,
    )
    action = make.ActionFactory(
        agency=agency,
        concern=concern,
        what=f"Speed up {word}",
        owner=liaison,
        due_on=now.date() - dt.timedelta(days=4),
    )
    ActionActivity.objects.create(
        action=action, kind=ActionActivity.Kind.NOTE, text=f"Asked {word}.", by=liaison, at=now
    )
    Rung.objects.create(action=action, cycle=1, level=1, reached_at=now, told=liaison)
    report_back = ReportBack.objects.create(
        concern=concern,
        person=person,
        round=1,
        did=f"We did {word}.",
        asked_at=now,
        **links.issue("report_back"),
    )
    letter = Letter.objects.create(
        purpose="survey",
        subject=f"invitation:{invitation.pk}",
        kind="invitation",
        recipient=person.email,
        recipient_name=person.name,
        planned_at=now,
        due_at=now,
        next_try_at=now,
        done_at=now,
        state=Letter.State.SENT,
        message_id=f"<{invitation.pk}@test>",
        headline=f"Survey for {word}",
    )
    spelling = AgencySpelling.objects.create(
        agency=agency, state="CO", spelling=f"DEPT OF {word}", reason="alike but for capitals"
    )
    return Place(
        agency=agency,
        person=person,
        meeting=meeting,
        invitation=invitation,
        response=response,
        concern=concern,
        action=action,
        report_back=report_back,
        letter=letter,
        spelling=spelling,
        assignment=Assignment.objects.filter(agency=agency).earliest("pk"),
    )


def keep_upload(by, now):
    """A spreadsheet that somebody looks at."""
    content = b"Organization name,State\nDepartment of Law,CO\n"
    return imports.upload(file_name="b.csv", content=content, by=by, now=now)


@pytest.fixture
def world(
    administrator, cco, state_cio, lead, agency, other_agency, liaison, other_liaison,
    outsider, representative, now,
):  # fmt: skip
    """Two agencies with one of everything each. `other_agency` and its texts hold SECRET."""
    other_agency.name = f"{SECRET} Commission"
    other_agency.acronym = SECRET[:6]
    other_agency.save()
    for step in STEPS:
        heartbeats.record(step=step, now=timezone.now(), error="")
    question = make.QuestionFactory(text="How fast are we?", topic="Speed")
    # Respondents' pages read the clock; these stay open whenever the tests run.
    wave = make.WaveFactory(questionnaire=question.questionnaire, closes_on=dt.date(2099, 12, 31))
    draft_question = make.QuestionFactory(
        text="How fast will we be?", topic="Speed", questionnaire__title="Next year's questions"
    )
    shared = {"wave": wave, "question": question, "now": now}
    return World(
        mine=build_place(agency=agency, liaison=liaison, word="Bicycle", **shared),
        theirs=build_place(agency=other_agency, liaison=other_liaison, word=SECRET, **shared),
        wave=wave,
        draft_wave=make.WaveFactory(
            title="Next year", state=Wave.State.DRAFT, opened_at=None,
            questionnaire=draft_question.questionnaire,
        ),
        question=question,
        draft_question=draft_question,
        import_run=AgencyImport.objects.create(
            file_name="a.csv", sha256="0" * 64, by=cco, at=now, rows=1, created=1, changed=0,
            merged=0,
        ),
        import_draft=keep_upload(cco, now),
        people={
            "administrator": administrator,
            "cco": cco,
            "executive": state_cio,
            "lead": lead,
            "liaison": liaison,
            "other_liaison": other_liaison,
            "outsider": outsider,
            "representative": representative,
        },
    )  # fmt: skip
