"""What an office that asks people goes through, and what a careful clerk would have on paper.

Knows the rules of the product and none of its code.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from tests.oracle import rules
from tests.oracle.wall_clock import DAY, Office

# Who is asked to phone: the agency's liaison, the one who stands in, or a lead.
CALLERS = {"watched": "dana", "backed": "omar", "alone": "lee"}
# The letters that only an open wave sends.
ASKING = ("invitation", "reminder", "phone")
# Of these, one address gets one a day, but for those that a person has sent by hand.
ONE_A_DAY = ("invitation", "reminder")


@dataclass(frozen=True)
class Event:
    """Something happens: to the wave, or to the person of this number."""

    at: dt.datetime
    what: str
    number: int = -1
    date: dt.date | None = None
    address: str = ""


@dataclass(frozen=True)
class World:
    """One office, its wave, the places of the people whom it may ask, and all that happens."""

    office: Office
    opens_on: dt.date
    closes_on: dt.date
    reminder_days: list[int]
    places: list[str]
    events: list[Event]


def first_address(number):
    return f"person{number}@there.example"


@dataclass
class Person:
    place: str
    address: str
    is_respondent: bool = True
    is_here: bool = True
    invited_at: dt.datetime | None = None
    has_answered: bool = False
    is_revoked: bool = False

    @property
    def is_silent(self):
        return self.invited_at is not None and not (self.has_answered or self.is_revoked)


@dataclass
class Letter:
    number: int
    kind: str
    seq: int
    to: str
    planned_at: dt.datetime
    due_at: dt.datetime
    next_try_at: dt.datetime
    is_by_hand: bool = False
    state: str = "queued"
    done_at: dt.datetime | None = None

    def give_up(self, now):
        self.state, self.done_at = "cancelled", now


class Clerk:
    """Goes through the events one by one and keeps the list of letters."""

    def __init__(self, world):
        self.office, self.reminder_days = world.office, world.reminder_days
        self.state, self.opens_on, self.closes_on = "draft", world.opens_on, world.closes_on
        self.ended_at: dt.datetime | None = None
        later = {event.number for event in world.events if event.what == "joins"}
        self.people = [
            Person(place, first_address(number), is_respondent=number not in later)
            for number, place in enumerate(world.places)
        ]
        self.letters: list[Letter] = []
        self.refused: list[Event] = []
        for event in world.events:
            if getattr(self, event.what)(event) is False:
                self.refused.append(event)

    @property
    def rows(self):
        """All that is to be compared, the number of the person first."""
        letters = [
            (row.number, row.kind, row.seq, row.to, row.planned_at, row.due_at, row.state,
             row.done_at)
            for row in self.letters
        ]  # fmt: skip
        refused = [(event.number, "refused", event.what, event.at) for event in self.refused]
        return [*letters, *refused, (-1, "wave", self.state)]

    # ---- What people do. False: they are told that it cannot be. ------------------------------

    def joins(self, event):
        person = self.people[event.number]
        person.is_respondent, person.address = True, event.address

    def leaves(self, event):
        self.people[event.number].is_here = False

    def moves(self, event):
        person = self.people[event.number]
        person.address = event.address
        # Nobody without an address is marked as answering surveys.
        person.is_respondent = person.is_respondent and event.address != ""

    def drafts(self, event):
        person = self.people[event.number]
        if person.invited_at is not None:
            is_late = person.has_answered or person.is_revoked
            return not is_late and self._takes_answers(event.at)
        return None

    def answers(self, event):
        person = self.people[event.number]
        if person.invited_at is None or person.has_answered:
            return None
        if person.is_revoked or not self._takes_answers(event.at):
            return False
        person.has_answered = True
        self._give_up([event.number], event.at)
        if person.address:
            self._plan(event.number, "thanks", 0, person.address, event.at, event.at)
        return None

    def _takes_answers(self, at):
        """Until the office closes on the last day, whether somebody has noted it or not."""
        return self.state == "open" and at < self.office.closings[self.closes_on]

    def taken_back(self, event):
        person = self.people[event.number]
        if person.invited_at is not None and not person.is_revoked:
            person.is_revoked = True
            self._give_up([event.number], event.at)

    def written_again(self, event):
        person = self.people[event.number]
        if person.invited_at is None:
            return None
        if person.has_answered or self.state != "open":
            return False
        if not person.is_here or not person.address:
            return False
        links = self._letters_of(event.number, "invitation")
        if any(row.state == "queued" and row.to == person.address for row in links):
            return False
        person.is_revoked = False
        letter = self._plan(
            event.number, "invitation", len(links), person.address, event.at, event.at
        )
        letter.is_by_hand = True
        return None

    # ---- What the office does -----------------------------------------------------------------

    def opened_now(self, event):
        if self.state == "draft":
            return self._open(event.at, opens_on=self.office.date(event.at))
        return None if self.state == "open" else False

    def extended(self, event):
        if self.state == "draft" or event.date <= self.closes_on:
            return False
        if event.date < self.office.date(event.at):
            return False
        if self.state == "ended":
            self._revive(event.at)
        self.state, self.closes_on = "open", event.date
        return None

    def ended_now(self, event):
        if self.state == "open":
            self._end(event.at)
        return None if self.state != "draft" else False

    # ---- What the portal does -----------------------------------------------------------------

    def tick(self, event):
        now = event.at
        if self.state == "draft" and self.office.openings[self.opens_on] <= now:
            self._open(now, opens_on=self.opens_on)
        if self.state == "open" and self.office.closings[self.closes_on] <= now:
            self._end(now)
        if self.state == "open":
            for number, person in enumerate(self.people):
                self._invite(number, person, now)
                if person.is_silent:
                    self._remind(number, person, now)

    def tick_with_mail(self, event):
        self.tick(event)
        now, today = event.at, self.office.date(event.at)
        had = Counter(row.to for row in self.letters if self._went_on(today, row))
        due = [row for row in self.letters if row.state == "queued" and row.next_try_at <= now]
        # What a person has sent by hand goes out, and uses the day up.
        had.update(row.to for row in due if row.kind in ONE_A_DAY and row.is_by_hand)
        for letter in sorted(due, key=lambda row: row.next_try_at):
            if letter.kind in ONE_A_DAY and not letter.is_by_hand:
                had[letter.to] += 1
                if had[letter.to] > 1:
                    tomorrow = self.office.from_then_on(today + DAY)
                    letter.next_try_at = self.office.openings[tomorrow]
                    continue
            letter.state = "sent" if self._is_wanted(letter, now) else "cancelled"
            letter.done_at = now

    def _went_on(self, day, letter):
        if letter.kind not in ONE_A_DAY or letter.state != "sent":
            return False
        return self.office.date(letter.done_at) == day

    def _open(self, now, *, opens_on):
        if self.closes_on < self.office.date(now) or not any(map(self._is_asked, self.people)):
            return False
        self.state, self.opens_on = "open", opens_on
        return None

    def _end(self, now):
        self.state, self.ended_at = "ended", now
        self._give_up(range(len(self.people)), now)

    def _revive(self, now):
        """What the end has stopped, by a tick or because the last evening was over, is on again."""
        since = min(self.ended_at, self.office.closings[self.closes_on])
        for letter in self.letters:
            if letter.kind in ASKING and letter.state == "cancelled" and letter.done_at >= since:
                letter.state, letter.done_at = "queued", None
                letter.next_try_at = self.office.first_open_moment(now)

    def _is_asked(self, person):
        return person.is_here and person.is_respondent and person.address != ""

    def _invite(self, number, person, now):
        if person.invited_at is None and self._is_asked(person):
            person.invited_at = now
            first = self.office.first_open_moment(now)
            self._plan(number, "invitation", 0, person.address, now, first)

    def _remind(self, number, person, now):
        step = rules.due_survey_step(
            invited_at=person.invited_at,
            reminder_days=self.reminder_days,
            office=self.office,
            now=now,
        )
        kind = "phone" if step == len(self.reminder_days) else "reminder"
        if step < 1 or any(row.seq == step for row in self._letters_of(number, kind)):
            return
        known = [row.seq for row in self._letters_of(number, "reminder")]
        for overtaken in range(1, step):
            if overtaken not in known:
                self._plan(number, "reminder", overtaken, person.address, now, now)
        self._give_up([number], now, kinds=["reminder"])
        to = CALLERS[person.place] if kind == "phone" else person.address
        letter = self._plan(number, kind, step, to, now, self.office.first_open_moment(now))
        if not to:
            letter.give_up(now)

    def _plan(self, number, kind, seq, to, now, due_at):
        letter = Letter(number, kind, seq, to, now, due_at, next_try_at=due_at)
        self.letters.append(letter)
        return letter

    def _give_up(self, people, now, kinds=ASKING):
        for letter in self.letters:
            is_meant = letter.number in people and letter.kind in kinds
            if is_meant and letter.state == "queued":
                letter.give_up(now)

    def _letters_of(self, number, kind):
        return [row for row in self.letters if (row.number, row.kind) == (number, kind)]

    def _is_wanted(self, letter, now):
        person = self.people[letter.number]
        if not person.is_here:
            return False
        if letter.kind != "thanks":
            is_over = self.state != "open" or now >= self.office.closings[self.closes_on]
            if is_over or not person.is_silent:
                return False
        return letter.kind == "phone" or letter.to == person.address
