"""From an empty database to three years of an office's life."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from accounts import office
from crm_portal import events
from dashboards.demo import founding, organisations
from dashboards.demo.clock import Clock
from dashboards.demo.contacts import Contacts
from dashboards.demo.duties import assign_all
from dashboards.demo.following import Following
from dashboards.demo.people import Registry
from dashboards.demo.surveying import PAST_WAVES, Surveys, opening_days
from dashboards.demo.world import World
from feedback.services import escalation, report_back
from outbox import smtp
from outbox.services import sending
from surveys.services import invitations, waves

_TOGETHER = dt.timedelta(days=28)
_FRIDAY, _A_WEEK = 4, 7
# The reminder before an action is due comes two business days before; a weekend may be between.
_DAYS_BEFORE = 3
# Life begins so long before the first survey opens.
_BEFORE_FIRST_WAVE = dt.timedelta(days=34)
# Letters of the last days really go to the demo's mail server, so that there is something to look
# at. An office's own mail server would carry them to people who are invented.
_REAL_LETTERS = dt.timedelta(days=14)
# Between these days after the opening, a visit is the one that follows the survey.
_SITE_VISITS = (dt.timedelta(days=40), dt.timedelta(days=85))

# Who is named to visitors of the demo, with the words for them.
_SIGN_INS = {
    "cco": "Chief customer officer",
    "state_cio": "State CIO",
    "lead": "Liaison lead",
    "dana": "Liaison",
    "risk": "Chief risk officer",
    "administrator": "Administrator",
    "representative CDHS": "Representative of Human Services",
    "representative CDOT": "Representative of Transportation",
}


@dataclass(frozen=True)
class Account:
    """Somebody as whom a visitor of the demo may sign in."""

    name: str
    role: str
    email: str
    password: str


def live(*, seed, today, scale=1.0, years=PAST_WAVES):
    """Live through the years before `today`. Returns the accounts to sign in with."""
    with transaction.atomic():
        users = founding.found(years=range(today.year - years - 1, today.year + 2))
    calendar = office.calendar()
    days = opening_days(calendar, today, years=years)
    clock = Clock(calendar, start=days[0] - _BEFORE_FIRST_WAVE, until=today)
    world = World(seed=seed, clock=clock, users=users)
    # The simulated clock does itself what the worker would do.
    with events.unheard():
        _settle(world, scale=scale)
        _live_through(clock, Ticks(*_plan(world, days), calendar=calendar))
    founding.open_doors()
    return _accounts(world)


@transaction.atomic
def _settle(world, *, scale):
    organisations.settle(world, scale=scale, now=world.clock.now)
    Registry(world).fill_places()
    assign_all(world)


def _plan(world, days):
    following = Following(world)
    visits = [tuple(day + span for span in _SITE_VISITS) for day in days]
    Contacts(world, following, site_visits=visits).plan_all()
    surveys = Surveys(world, following, days)
    surveys.plan_all()
    following.plan_all()
    following.chasing.plan_all()
    return surveys, following.chasing


def _live_through(clock, ticks):
    real_since = clock.until - _REAL_LETTERS
    while (date := clock.today) < real_since:
        # A commit for each of thousands of small changes would take longer than they do.
        with transaction.atomic():
            until = min(date + _TOGETHER, real_since)
            clock.run_until(until, morning=ticks.morning, evening=ticks.evening)
    if settings.MAILBOX_DIR:
        ticks.transport = smtp.Smtp()
    clock.run_until(clock.until, morning=ticks.morning, evening=ticks.evening)


class Ticks:
    """The steps of a tick, as often in a simulated day as something can be due in it."""

    def __init__(self, surveys, chasing, *, calendar):
        self.transport = smtp.Accepted()
        self._surveys, self._chasing = surveys, chasing
        self._calendar = calendar

    def morning(self, *, now):
        date = self._calendar.local_date(now)
        if self._surveys.has_open_wave(date):
            waves.open_due(now=now)
            invitations.plan_letters(now=now)
            self._send(now)
        if self._chasing.is_anything_due(self._calendar.add_business_days(date, _DAYS_BEFORE)):
            escalation.remind_before_due(now=now)
            escalation.climb(now=now)
            self._send(now)

    def evening(self, *, now):
        date = self._calendar.local_date(now)
        if self._surveys.has_open_wave(date):
            waves.close_due(now=now)
        if date.weekday() == _FRIDAY and date.day <= _A_WEEK:
            report_back.plan_letters(now=now)
        self._send(now)

    def _send(self, now):
        if self.transport is None:
            return
        try:
            sending.send_due(now=now, transport=self.transport)
        except smtp.Unreachable:
            # They stay due: the worker sends them once there is a mail server.
            self.transport = None


def _accounts(world):
    keys = [key for key in _SIGN_INS if key in world.users]
    return [
        Account(
            name=world.users[key].name,
            role=title,
            email=world.users[key].email,
            password=founding.PASSWORD,
        )
        for key in keys
        for title in [_SIGN_INS[key]]
    ]
