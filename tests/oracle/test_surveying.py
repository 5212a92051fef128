"""The services that invite and remind, over real rows, against the clerk's paper."""

import datetime as dt
import functools

import pytest
from django.db import transaction

from accounts import office as offices
from accounts.calendar import OfficeCalendar
from accounts.models import Holiday, Office
from accounts.permissions import Role
from agencies.models import Person
from crm_portal.lib.refusals import Refusal
from outbox import smtp
from outbox.models import Letter
from outbox.services import planning, sending
from surveys import letters, schedule
from surveys.models import Invitation
from surveys.services import invitations, responses, waves
from tests import factories
from tests.oracle import surveying
from tests.oracle.runs import PEOPLE, SEED, assert_same, needed_to_notice, run
from tests.oracle.surveying_histories import TOGETHER, random_world


@pytest.fixture
def places(office_row):
    """{place: agency}, each with the one who phones there."""
    users = {
        name: factories.UserFactory(email=f"{name}@oit.example", name=name, role=role)
        for name, role in [
            ("lee", Role.LIAISON_LEAD),
            ("dana", Role.LIAISON),
            ("omar", Role.LIAISON),
        ]
    }
    agencies = {place: factories.AgencyFactory(name=place) for place in surveying.CALLERS}
    for place, role in [("watched", "primary"), ("backed", "backup")]:
        user = users[surveying.CALLERS[place]]
        factories.AssignmentFactory(agency=agencies[place], user=user, role=role)
    return agencies


@pytest.fixture
def question(office_row):
    return factories.QuestionFactory()


class Portal:
    """Lets the product go through the events of a world."""

    def __init__(self, world, places, question):
        self.world, self.question, self.refused = world, question, []
        self._found_office()
        self.people = self._gather(places)
        self.wave = waves.prepare(
            questionnaire=question.questionnaire,
            title="2027",
            opens_on=world.opens_on,
            closes_on=world.closes_on,
            reminder_days=world.reminder_days,
            by=None,
        )
        for event in world.events:
            try:
                getattr(self, event.what)(event)
            except Refusal:
                self.refused.append(event)

    def _found_office(self):
        office = self.world.office
        Office.objects.update(
            time_zone=office.zone, opens_at=office.opens_at, closes_at=office.closes_at
        )
        Holiday.objects.bulk_create(Holiday(date=date, name="Closed") for date in office.holidays)
        offices.forget()

    def _gather(self, places):
        later = {event.number for event in self.world.events if event.what == "joins"}
        return Person.objects.bulk_create(
            Person(
                agency=places[place],
                name=f"Person {number}",
                email=surveying.first_address(number),
                level=Person.Level.EXECUTIVE,
                is_respondent=number not in later,
            )
            for number, place in enumerate(self.world.places)
        )

    # ---- What people do -----------------------------------------------------------------------

    def joins(self, event):
        self._change(event, is_respondent=True, email=event.address)

    def leaves(self, event):
        self._change(event, left_on=event.at.date())

    def moves(self, event):
        lost = {} if event.address else {"is_respondent": False}
        self._change(event, email=event.address, **lost)

    def _change(self, event, **values):
        Person.objects.filter(pk=self.people[event.number].pk).update(**values)

    def drafts(self, event):
        for invitation in self._invitation(event):
            responses.save_answer(
                invitation=invitation, question=self.question, number=2, sequence=1, now=event.at
            )

    def answers(self, event):
        given = {self.question.pk: {"number": 5}}
        for invitation in self._invitation(event):
            responses.submit(invitation=invitation, answers=given, now=event.at)

    def taken_back(self, event):
        for invitation in self._invitation(event):
            invitations.revoke(invitation=invitation, by=None, now=event.at)

    def written_again(self, event):
        for invitation in self._invitation(event):
            invitations.write_again(invitation=invitation, by=None, now=event.at)

    def _invitation(self, event):
        """None before the person is invited."""
        return Invitation.objects.filter(person=self.people[event.number])

    # ---- What the office does -----------------------------------------------------------------

    def opened_now(self, event):
        waves.open_now(wave=self.wave, by=None, now=event.at)

    def extended(self, event):
        waves.extend(wave=self.wave, closes_on=event.date, by=None, now=event.at)

    def ended_now(self, event):
        waves.end_now(wave=self.wave, by=None, now=event.at)

    # ---- What the portal does -----------------------------------------------------------------

    def tick(self, event):
        waves.open_due(now=event.at)
        waves.close_due(now=event.at)
        invitations.plan_letters(now=event.at)

    def tick_with_mail(self, event):
        self.tick(event)
        sending.send_due(now=event.at, transport=smtp.Accepted())

    # ---- What is there to see -----------------------------------------------------------------

    @property
    def rows(self):
        numbers = {person.pk: number for number, person in enumerate(self.people)}
        subjects = {
            f"invitation:{pk}": numbers[person]
            for pk, person in Invitation.objects.values_list("pk", "person")
        }
        letters = [
            (subjects[row.subject], row.kind, row.seq, row.recipient.removesuffix("@oit.example"),
             row.planned_at, row.due_at, row.state, row.done_at)
            for row in Letter.objects.filter(purpose="survey")
        ]  # fmt: skip
        refused = [(event.number, "refused", event.what, event.at) for event in self.refused]
        self.wave.refresh_from_db()
        return [*letters, *refused, (-1, "wave", self.wave.state)]


@pytest.fixture
def check(places, question):
    """`check(world)`: the product's rows are what the clerk has written down."""

    def compare(world):
        with transaction.atomic():
            rows = Portal(world, places, question).rows
            transaction.set_rollback(True)
        return assert_same(rows, surveying.Clerk(world).rows, world=world)

    return compare


def test_letters_of_a_wave_are_those_on_the_clerks_paper(check, figure):
    seen, rows = run(check, random_world, times=PEOPLE // TOGETHER)
    histories = seen * TOGETHER
    assert rows > histories, "Hardly anything happened in them."
    figure(f"asking people: seed {SEED}, {histories:,} histories, {rows:,} rows, 0 differences")


# ---- Planted faults ------------------------------------------------------------------------------


def late_by_a_moment(monkeypatch):
    """As if a step were due "after" where it is due "at or after"."""
    right = schedule.due_step
    monkeypatch.setattr(
        invitations,
        "due_step",
        lambda *, now, **facts: right(now=now - dt.timedelta.resolution, **facts),
    )


def who_answered_counts_as_silent(monkeypatch):
    monkeypatch.setattr(invitations, "_silent", lambda wave: Invitation.objects.filter(wave=wave))


def nothing_that_waits_is_cancelled(monkeypatch):
    monkeypatch.setattr(planning, "cancel", lambda **facts: 0)


def letters_leave_at_night(monkeypatch):
    monkeypatch.setattr(OfficeCalendar, "next_opening", lambda calendar, instant: instant)


def letters_do_not_ask_again(monkeypatch):
    monkeypatch.setattr(letters, "_unwanted", lambda row, now: None)


SMALL = functools.partial(random_world, together=8)
FAULTS = [
    late_by_a_moment,
    who_answered_counts_as_silent,
    nothing_that_waits_is_cancelled,
    letters_leave_at_night,
    letters_do_not_ask_again,
]


@pytest.mark.parametrize("plant", FAULTS)
def test_planted_fault_is_noticed(plant, check, monkeypatch):
    plant(monkeypatch)
    assert needed_to_notice(check, SMALL, most=30)
