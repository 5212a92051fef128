"""Meetings: visits, calls, mails and councils, as often as each agency's story has them."""

import datetime as dt
import random
from dataclasses import dataclass, field

from agencies.models import Meeting, Person
from agencies.services import meetings
from dashboards.demo.notes import Writer
from dashboards.demo.people import present
from dashboards.demo.world import Place

Mode = Meeting.Mode
# Days between two visits and between two other contacts, by tier.
_VISITS = {1: 80, 2: 160, 3: 320}
_CONTACTS = {1: 30, 2: 67, 3: 135}
# So much later than planned, by story.
_DELAY = {"good": 1.0, "rising": 0.95, "mixed": 1.12, "falling": 1.3, "troubled": 1.2, "quiet": 1.5}
# Nobody has spoken with the quiet ones for this long.
_SILENCE_DAYS = 205
_MODES = [Mode.VIDEO, Mode.PHONE, Mode.AT_OFFICE, Mode.EMAIL]
_MINUTES = {
    Mode.AT_AGENCY: [60, 75, 90, 120],
    Mode.AT_OFFICE: [30, 45, 60],
    Mode.VIDEO: [25, 30, 45, 60],
    Mode.PHONE: [5, 10, 15, 20, None],
    Mode.EMAIL: [None],
}
_MOODS = {"good": 4.2, "rising": 3.2, "mixed": 3.5, "falling": 4.1, "troubled": 2.9, "quiet": 3.4}
# What the mood gains or loses from the first day to the last.
_TREND = {"rising": 1.1, "falling": -1.7, "troubled": -0.8}
_COUNCIL_DAYS = 30


@dataclass
class Planned:
    """A meeting that is going to be logged."""

    place: Place
    mode: str
    dice: random.Random
    date: dt.date
    held_at: dt.datetime
    minutes: int | None = None
    people: list[Person] = field(default_factory=list)
    subjects: list[dict] = field(default_factory=list)
    mood: int | None = None
    is_restricted: bool = False
    is_site_visit: bool = False
    promises: list[str] = field(default_factory=list)


class Contacts:
    def __init__(self, world, following, *, site_visits):
        """`site_visits`: pairs of days between which visits are those after a survey."""
        self.world = world
        self.following = following
        self.site_visits = site_visits
        self.writer = Writer(world)

    def plan_all(self):
        for place in self.world.places:
            dice = self.world.dice("contacts", place.about["acronym"])
            self._plan(place, dice, _VISITS, self._visit)
            self._plan(place, dice, _CONTACTS, self._contact)
        self._plan_councils()

    def _plan(self, place, dice, intervals, do):
        clock = self.world.clock
        interval = intervals[place.tier] * _DELAY[place.story]
        until = clock.until
        if place.story == "quiet":
            until -= dt.timedelta(days=_SILENCE_DAYS)
        date = clock.start + dt.timedelta(days=dice.uniform(0, interval))
        while date < until:
            clock.at(clock.in_hours(date, dice), do, place, dice)
            date += dt.timedelta(days=interval * dice.uniform(0.7, 1.15))

    def _visit(self, place, dice, *, now):
        self._hold(place, Mode.AT_AGENCY, dice, now)

    def _contact(self, place, dice, *, now):
        self._hold(place, dice.choices(_MODES, [34, 30, 14, 22])[0], dice, now)

    def _hold(self, place, mode, dice, now):
        date = self.world.clock.calendar.local_date(now)
        is_visit = mode == Mode.AT_AGENCY
        planned = Planned(
            place=place,
            mode=mode,
            dice=dice,
            date=date,
            held_at=now,
            minutes=dice.choice(_MINUTES[mode]),
            people=present(place, dice, dice.choice([1, 2, 2, 3]) if is_visit else 1),
            subjects=self.writer.choose_subjects(dice, date, 2),
            mood=self._mood(place, date, dice, is_visit),
            is_restricted=dice.random() < 0.025,
            is_site_visit=is_visit and place.tier < 3 and self._is_after_survey(date),
        )
        # Some log at once, most in the evening or before the next meeting.
        minutes = (planned.minutes or 0) + dice.choice([3, 5, 15, 60, 150])
        later = now + dt.timedelta(minutes=minutes)
        self.world.clock.at(later, self._log, planned)

    def _log(self, planned, *, now):
        place, dice = planned.place, planned.dice
        by = self.world.liaison_of(place, planned.date)
        # Who was there may have left in this very hour.
        planned.people = [person for person in planned.people if person in place.people]
        promise = self.following.promise_of(planned)
        note = self.writer.write(planned)
        meeting = meetings.log(
            agencies=[place.agency],
            mode=planned.mode,
            held_at=planned.held_at,
            note=note,
            mood=planned.mood,
            minutes=planned.minutes,
            restricted=planned.is_restricted,
            people=planned.people,
            colleagues=self._colleagues(planned, dice),
            by=by,
            now=now,
        )
        self.following.after_meeting(meeting, planned, promise, by=by, now=now)

    def _mood(self, place, date, dice, is_visit):
        if dice.random() < (0.05 if is_visit else 0.3):
            return None
        clock = self.world.clock
        progress = (date - clock.start) / (clock.until - clock.start)
        mean = _MOODS[place.story] + _TREND.get(place.story, 0) * progress
        return min(5, max(1, round(dice.gauss(mean, 0.7))))

    def _is_after_survey(self, date):
        return any(start <= date <= end for start, end in self.site_visits)

    def _colleagues(self, planned, dice):
        users = self.world.users
        if planned.is_site_visit:
            officers = dice.sample(["services", "risk", "solutions", "procurement"], 3)
            return [users["cco"], *(users[key] for key in officers)]
        if planned.mode == Mode.AT_AGENCY and dice.random() < 0.15:
            return [users[dice.choice(["cco", "services", "solutions", "lead"])]]
        return []

    # ---- Group meetings

    def _plan_councils(self):
        clock, dice = self.world.clock, self.world.dice("councils")
        date = clock.start + dt.timedelta(days=9)
        while date < clock.until:
            clock.at(clock.in_hours(date, dice), self._council, dice)
            date += dt.timedelta(days=_COUNCIL_DAYS)

    def _council(self, dice, *, now):
        members = [place for place in self.world.places if place.story != "quiet"]
        places = dice.sample(members, min(len(members), dice.randrange(9, 16)))
        people = [present(place, dice, 1)[0] for place in places if place.people]
        cco = self.world.users["cco"]
        meetings.log(
            agencies=[place.agency for place in places],
            mode=Mode.AT_OFFICE,
            held_at=now,
            note=self.writer.council(dice, [place.agency.name for place in places]),
            mood=dice.choice([2, 3, 4, 4]),
            minutes=dice.choice([90, 120]),
            people=people,
            colleagues=[self.world.users["state_cio"], self.world.users["lead"]],
            by=cco,
            now=now + dt.timedelta(minutes=135),
        )
