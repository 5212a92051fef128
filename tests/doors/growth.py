"""A world with one row of everything that grows row by row, and what its pages ask the database."""

import re
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies.models import AgencyDomain, AgencyImport
from agencies.services import imports
from crm_portal.lib import links
from feedback.models import ReportBack
from outbox.models import Letter
from surveys.models import Wave
from surveys.services import summaries
from tests import factories as make
from tests.doors.entwined import add_what_waits
from tests.doors.table import DOORS, PUBLIC
from tests.world import build_place


class Growing:
    """The doors of tests/doors/table.py lead into it, as into the small world; `add()` gives it one
    more of everything: of agencies, and of everything at the first of them and in its waves."""

    def __init__(self, *, agency, liaison, cco, now):
        self.liaison, self.cco, self.now, self.size = liaison, cco, now, 0
        self.question = make.QuestionFactory(text="How fast are we?", topic="Speed")
        self.wave = make.WaveFactory(questionnaire=self.question.questionnaire)
        self.draft_question = make.QuestionFactory(questionnaire__title="Next year")
        self.draft_wave = make.WaveFactory(
            title="Next year", state=Wave.State.DRAFT, opened_at=None,
            questionnaire=self.draft_question.questionnaire,
        )  # fmt: skip
        self.mine = self._place(agency, self.wave, self.question)
        self._add_besides()

    def add(self):
        agency = make.AgencyFactory(name=f"Bureau {self.size}", parent=self.mine.agency)
        make.AssignmentFactory(agency=agency, user=self.liaison)
        place = self._place(agency, self.wave, self.question)
        self.mine.meeting.people.add(place.person, make.PersonFactory(agency=self.mine.agency))
        self.mine.meeting.places.create(agency=agency, held_at=self.mine.meeting.held_at)
        again = make.QuestionFactory(
            questionnaire__title=f"Questions {self.size}", topic=f"Topic {self.size}"
        )
        wave = make.WaveFactory(questionnaire=again.questionnaire, title=f"Wave {self.size}")
        self._place(self.mine.agency, wave, again)
        make.AssignmentFactory(agency=self.mine.agency, role="backup")
        make.QuestionFactory(questionnaire=self.wave.questionnaire, topic=f"More {self.size}")
        make.QuestionFactory(questionnaire=self.draft_wave.questionnaire)
        self.mine.action.activities.create(kind="note", text="Called.", by=self.cco, at=self.now)
        self.mine.action.rungs.create(cycle=self.size, level=1, reached_at=self.now)
        self._add_besides()

    def _place(self, agency, wave, question):
        self.size += 1
        place = build_place(
            agency=agency, liaison=self.liaison, wave=wave, question=question,
            word=f"Word {self.size}", now=self.now,
        )  # fmt: skip
        add_what_waits(place, self, f"Word {self.size}", self.now)
        AgencyDomain.objects.create(
            agency=agency, domain=f"d{self.size}.example", spelling=place.spelling
        )
        meeting = make.MeetingFactory(
            at={agency, getattr(self, "mine", place).agency}, logged_by=self.liaison
        )
        meeting.people.add(place.person, getattr(self, "mine", place).person)
        meeting.colleagues.add(self.liaison, meeting.logged_by)
        answer = place.response.answers.create(
            question=make.QuestionFactory(questionnaire=wave.questionnaire), number=1,
            text="Slow.", saved_at=self.now,
        )  # fmt: skip
        make.ConcernFactory(
            agency=agency, raised_by=place.person, source="answer", answer=answer, rating=1
        )
        return place

    def _add_besides(self):
        """What belongs to no agency, and what the first agency waits for."""
        number, mine, now = self.size, self.mine, self.now
        self.import_run = AgencyImport.objects.create(
            file_name=f"{number}.csv", sha256=f"{number:064}", by=self.cco, at=now, rows=1,
            created=1, changed=0, merged=0,
        )  # fmt: skip
        lines = "".join(f"Department of Law {line},CO\n" for line in range(number))
        content = f"Organization name,State\n{lines}".encode()
        self.import_draft = imports.upload(
            file_name=f"d{number}.csv", content=content, by=self.cco, now=now
        )
        make.HolidayFactory(date=now.date().replace(day=number))
        user = make.UserFactory()
        EmailAddress.objects.create(user=user, email=user.email)
        Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={})
        make.ActionFactory(agency=mine.agency, concern=mine.concern, owner=user)
        concern = make.ConcernFactory(agency=mine.agency, raised_by=mine.person, quote="Settled.")
        ReportBack.objects.create(
            concern=concern, person=mine.person, round=1, did="Done.", asked_at=now,
            verdict="not_fixed", words="No.", answered_at=now, **links.issue("report_back"),
        )  # fmt: skip
        for place, state in enumerate(["queued", "parked", "failed"]):
            Letter.objects.create(
                purpose="survey", subject=mine.letter.subject, kind="reminder",
                seq=10 * number + place, recipient=f"{state}{number}@dot.example",
                planned_at=now, due_at=now, next_try_at=now, state=state, reason="Why",
                message_id=f"<{state}{number}@test>",
                done_at=now if state == "failed" else None,
            )  # fmt: skip
        summaries.rebuild()


# ---- What its pages ask -------------------------------------------------------------------------

# With all rows in sight: these pages show a part of them until something is chosen.
CHOSEN = {
    "dashboards:search": "?q=word",
    "feedback:action_list": "?whose=all",
    "feedback:action_export": "?whose=all",
}


def addresses(world):
    """Name → address of each page of ours for those who are signed in."""
    return {
        name: reverse(name, kwargs=door.kwargs(world)) + CHOSEN.get(name, "")
        for name, door in DOORS.items()
        if "GET" in door.methods and door.access != PUBLIC
    }


def admin_lists():
    return {
        f"admin list of {model._meta.label}": reverse(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        )
        for model in admin.site._registry
    }


@dataclass(frozen=True)
class Cost:
    """How many statements a page asked, and how many elements and lines it has."""

    statements: int
    parts: int


def cost(client, address):
    """None when the page does not open."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.status_code != 200:
        return None
    return Cost(len(queries), len(re.findall(rb"<\w|\n", content)))


def read(user, pages):
    """{name: cost} of the pages that open to the user; what one request keeps for the next is
    there already."""
    client = Client()
    client.force_login(user)
    cost(client, next(iter(pages.values())))
    found = {name: cost(client, address) for name, address in pages.items()}
    return {name: one for name, one in found.items() if one}
