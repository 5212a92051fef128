"""The services that remind and escalate, over real rows, against the clerk's paper."""

import datetime as dt
import functools
import itertools

import pytest
from django.db import transaction

from accounts import office as offices
from accounts.models import Holiday, Office, User
from accounts.permissions import Role
from crm_portal.lib.refusals import Refusal
from feedback import ladder, letters
from feedback.models import Action, Concern, ReportBack, Rung
from feedback.services import actions, chain, escalation, report_back
from outbox import smtp
from outbox.models import Letter
from outbox.services import sending
from tests import factories
from tests.oracle import chasing
from tests.oracle.chasing_histories import TOGETHER, random_world
from tests.oracle.runs import ACTIONS, SEED, assert_same, needed_to_notice, run

ROLES = {"cco": Role.CCO, "lead": Role.LIAISON_LEAD, "cio": Role.EXECUTIVE, "": Role.LIAISON}


@pytest.fixture
def colleagues(office_row, agency):
    """{name: user}; all but one look after the one agency."""
    users = {}
    for name, (lead, post) in chasing.COLLEAGUES.items():
        users[name] = factories.UserFactory(
            email=f"{name}@oit.example",
            name=name,
            role=ROLES[post],
            post=User.Post.STATE_CIO if post == "cio" else "",
            lead=users.get(lead),
        )
        role = "primary" if name == "dana" else "backup"
        if name != chasing.BLIND:
            factories.AssignmentFactory(agency=agency, user=users[name], role=role)
    return users


class Portal:
    """Lets the product go through the events of a world."""

    def __init__(self, world, colleagues, person):
        self.world, self.colleagues, self.person = world, colleagues, person
        self.refused = []
        self._found_office()
        self.actions = self._open_actions()
        offices.forget()
        for event in world.events:
            try:
                getattr(self, event.what)(event)
            except Refusal:
                self.refused.append(event)

    def _found_office(self):
        office = self.world.office
        Office.objects.update(
            time_zone=office.zone,
            opens_at=office.opens_at,
            closes_at=office.closes_at,
            rung_days=self.world.rung_days,
            remind_days_before=self.world.days_before,
        )
        Holiday.objects.bulk_create(Holiday(date=date, name="Closed") for date in office.holidays)

    def _open_actions(self):
        at, agency = self.world.begins_at, self.person.agency
        concerns = Concern.objects.bulk_create(
            Concern(
                agency=agency,
                raised_by=self.person,
                raised_at=at,
                source=Concern.Source.DIRECT,
                quote="Slow.",
                state=Concern.State.IN_ACTION,
                disposed_at=at,
                disposed_by=self.colleagues[owner],
            )
            for owner in self.world.owners[: chasing.RAISED]
        )
        return Action.objects.bulk_create(
            Action(
                agency=agency,
                concern=concern,
                what="Be faster",
                owner=self.colleagues[owner],
                due_on=due_on,
                created_at=at,
                created_by=self.colleagues[owner],
                last_activity_at=at,
            )
            for concern, owner, due_on in itertools.zip_longest(
                concerns, self.world.owners, self.world.dues
            )
        )

    # ---- What happens -------------------------------------------------------------------------

    def note(self, event):
        actions.note(action=self._action(event), text="On it.", by=None, now=event.at)

    def new_date(self, event):
        actions.set_due(
            action=self._action(event), due_on=event.date, why="Parts.", by=None, now=event.at
        )

    def hand_over(self, event):
        to = self.colleagues[event.who]
        actions.hand_over(action=self._action(event), to=to, by=None, now=event.at)

    def done(self, event):
        by = self.colleagues["carla"]
        actions.complete(action=self._action(event), outcome="Done.", by=by, now=event.at)

    def dropped(self, event):
        actions.drop(action=self._action(event), why="No need.", by=None, now=event.at)

    def not_fixed(self, event):
        concern = self._action(event).concern_id
        row = ReportBack.objects.waiting().get(concern=concern)
        report_back.answer(report_back=row, verdict="not_fixed", words="No.", now=event.at)

    def leaves(self, event):
        User.objects.filter(pk=self.colleagues[event.who].pk).update(is_active=False)

    def new_holiday(self, event):
        Holiday.objects.get_or_create(date=event.date, defaults={"name": "Closed"})
        offices.forget()

    def tick(self, event):
        escalation.remind_before_due(now=event.at)
        escalation.climb(now=event.at)

    def tick_with_mail(self, event):
        self.tick(event)
        sending.send_due(now=event.at, transport=smtp.Accepted())

    def _action(self, event):
        return self.actions[event.number]

    # ---- What is there to see -----------------------------------------------------------------

    @property
    def rows(self):
        numbers = {action.pk: number for number, action in enumerate(self.actions)}
        rungs = [
            (numbers[row.action_id], "rung", row.cycle, row.level, row.reached_at,
             row.told and row.told.name)
            for row in Rung.objects.select_related("told")
        ]  # fmt: skip
        letters = [
            (numbers[int(row.subject.removeprefix("action:"))], row.kind, row.seq,
             row.recipient_name, row.planned_at, row.state, row.done_at)
            for row in Letter.objects.filter(purpose="action", kind__in=["due_soon", "escalation"])
        ]  # fmt: skip
        refused = [(event.number, "refused", event.what, event.at) for event in self.refused]
        return [*rungs, *letters, *refused]


@pytest.fixture
def check(colleagues, agency_cio):
    """`check(world)`: the product's rows are what the clerk has written down."""

    def compare(world):
        with transaction.atomic():
            rows = Portal(world, colleagues, agency_cio).rows
            transaction.set_rollback(True)
        return assert_same(rows, chasing.Clerk(world).rows, world=world)

    return compare


def test_rungs_and_letters_are_those_on_the_clerks_paper(check, figure):
    seen, rows = run(check, random_world, times=ACTIONS // TOGETHER)
    histories = seen * TOGETHER
    assert rows > histories, "Hardly anything happened in them."
    found = f"{histories:,} histories, {rows:,} rows, 0 differences"
    figure(f"chasing actions: seed {SEED}, {found}")


# ---- Planted faults ------------------------------------------------------------------------------


def late_by_a_moment(monkeypatch):
    """As if the ladder said "after" where it says "at or after"."""
    right = ladder.level_at
    monkeypatch.setattr(
        ladder,
        "level_at",
        lambda *, now, **facts: right(now=now - dt.timedelta.resolution, **facts),
    )


def nothing_is_known_as_recorded(monkeypatch):
    monkeypatch.setattr(ladder, "climb", lambda *, reached, recorded: list(range(1, reached + 1)))


def a_sign_of_life_begins_no_new_cycle(monkeypatch):
    right = actions.record

    def record(*, action, **facts):
        row = right(action=action, **facts)
        Action.objects.filter(pk=action.pk).update(cycle=action.cycle - 1)
        return row

    monkeypatch.setattr(actions, "record", record)


def the_owner_hears_of_every_rung(monkeypatch):
    right = chain.teller_for
    monkeypatch.setattr(chain, "teller_for", lambda *, level, action: right(level=1, action=action))


def letters_do_not_ask_again(monkeypatch):
    monkeypatch.setattr(letters, "_unwanted", lambda action, letter: None)


SMALL = functools.partial(random_world, together=8, mail_from=[8, 20])
FAULTS = [
    late_by_a_moment,
    nothing_is_known_as_recorded,
    a_sign_of_life_begins_no_new_cycle,
    the_owner_hears_of_every_rung,
    letters_do_not_ask_again,
]


@pytest.mark.parametrize("plant", FAULTS)
def test_planted_fault_is_noticed(plant, check, monkeypatch):
    plant(monkeypatch)
    assert needed_to_notice(check, SMALL, most=30)
