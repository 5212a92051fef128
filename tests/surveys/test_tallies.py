"""Whatever happens in whatever order, the tallies equal a recount."""

import datetime as dt
import threading

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crm_portal.lib.refusals import Refusal
from surveys.models import AnswerTally, Invitation, Question, ResponseTally
from surveys.services import invitations, questionnaires, responses, summaries, waves
from tests import factories
from tests.surveys.conftest import QUESTIONS

PEOPLE = 5


def tallies():
    return (
        sorted(AnswerTally.objects.values_list("wave", "agency", "question", "value", "count")),
        sorted(ResponseTally.objects.values_list("wave", "agency", "invited", "responded")),
    )


class Histories(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.now = factories.NOW
        factories.OfficeFactory()
        agencies = [factories.AgencyFactory(), factories.AgencyFactory()]
        self.people = [factories.PersonFactory(agency=agencies[n % 2]) for n in range(PEOPLE)]
        questionnaire = questionnaires.create(title="Q", questions=QUESTIONS, by=None, now=self.now)
        self.questions = {q.topic: q for q in Question.objects.filter(questionnaire=questionnaire)}
        self.wave = waves.prepare(
            questionnaire=questionnaire,
            title="W",
            opens_on=self.now.date(),
            closes_on=self.now.date() + dt.timedelta(days=28),
            by=None,
        )
        waves.open_now(wave=self.wave, by=None, now=self.now)
        self.people[0].is_respondent = False
        self.people[0].save()
        invitations.invite(wave=self.wave, now=self.now)

    def one(self, number):
        return Invitation.objects.filter(wave=self.wave, person=self.people[number]).first()

    def attempt(self, work, number, **said):
        if (invitation := self.one(number)) is None:
            return
        try:
            work(invitation=invitation, now=self.now, **said)
        except Refusal:
            pass

    @rule(
        number=st.integers(0, PEOPLE - 1),
        rating=st.integers(0, 6),
        options=st.sets(st.sampled_from(["Phone", "Mail", "In person"])),
    )
    def submit(self, number, rating, options):
        answers = {
            self.questions["Overall"].pk: {"number": rating},
            self.questions["Channels"].pk: {"options": sorted(options)},
        }
        self.attempt(responses.submit, number, answers=answers)

    @rule(number=st.integers(0, PEOPLE - 1), option=st.sampled_from(["Yes", "No"]))
    def save(self, number, option):
        self.attempt(
            responses.save_answer, number, question=self.questions["Outage"], options=[option],
            sequence=1,
        )  # fmt: skip

    @rule(number=st.integers(0, PEOPLE - 1))
    def revoke(self, number):
        self.attempt(invitations.revoke, number, by=None)

    @rule(number=st.integers(0, PEOPLE - 1))
    def write_again(self, number):
        self.attempt(invitations.write_again, number, by=None)

    @rule(number=st.integers(0, PEOPLE - 1), is_respondent=st.booleans())
    def invite(self, number, is_respondent):
        self.people[number].is_respondent = is_respondent
        self.people[number].save()
        invitations.invite(wave=self.wave, now=self.now)

    @invariant()
    def tallies_equal_a_recount(self):
        kept = tallies()
        summaries.rebuild(wave=self.wave)
        assert tallies() == kept


class TestHistories(TestCase, Histories.TestCase):
    settings = settings(
        max_examples=15,
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.django_db(transaction=True)
def test_submits_and_recounts_at_once_lose_nothing(wave, agency, person_at, q, now):
    for _ in range(7):
        person_at(agency)
    invitations.invite(wave=wave, now=now)
    rows = list(Invitation.objects.filter(wave=wave))
    barrier, errors = threading.Barrier(len(rows) + 2), []

    def run(work):
        try:
            barrier.wait()
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    said = {q["Overall"].pk: {"number": 3}, q["Channels"].pk: {"options": ["Phone", "Mail"]}}
    works = [
        lambda row=row: responses.submit(invitation=row, answers=said, now=now) for row in rows
    ]
    works += [summaries.rebuild, lambda: invitations.invite(wave=wave, now=now)]
    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    kept = tallies()
    assert kept[1] == [(wave.pk, agency.pk, 8, 8)]
    summaries.rebuild()
    assert tallies() == kept
