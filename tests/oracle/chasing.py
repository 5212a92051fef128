"""What an office that chases actions goes through, and what a careful clerk would have on paper.

Knows the rules of the product and none of its code.
"""

import datetime as dt
from dataclasses import dataclass, field, replace

from tests.oracle import rules
from tests.oracle.wall_clock import DAY, Office

# Name: (the lead's name, the post). In the order in which they joined.
COLLEAGUES = {
    "carla": ("", "cco"),
    "lee": ("carla", "lead"),
    "mia": ("", "lead"),
    "dana": ("lee", ""),
    "omar": ("mia", ""),
    "una": ("", ""),
    "rita": ("", ""),
    "sam": ("", "cio"),
}
# She owns actions of an agency that she does not look after: no letter tells her about it.
BLIND = "una"
OWNERS = ["dana", "omar", "una", "rita", "lee"]
DAYS_AFTER_REOPENING = 5
# The first so many actions of an office answer a concern: when they are done, the raiser may say
# that it is not fixed.
RAISED = 5


@dataclass(frozen=True)
class Event:
    """Something happens: to the office, or to the action of this number."""

    at: dt.datetime
    what: str
    number: int = -1
    who: str = ""
    date: dt.date | None = None


@dataclass(frozen=True)
class World:
    """One office, its actions and everything that happens, in order. `owners` and `dues` are
    those of the actions at the beginning."""

    office: Office
    rung_days: int
    days_before: int
    owners: list[str]
    dues: list[dt.date]
    begins_at: dt.datetime
    events: list[Event]


@dataclass
class Action:
    """An action as the clerk knows it."""

    owner: str
    due_on: dt.date
    last_activity_at: dt.datetime
    cycle: int = 1
    state: str = "open"
    climbed: set = field(default_factory=set)


@dataclass
class Letter:
    number: int
    kind: str
    seq: int
    to: str
    planned_at: dt.datetime
    about: object
    state: str = "queued"
    done_at: dt.datetime | None = None


class Clerk:
    """Goes through the events one by one and keeps the two lists that matter: rungs and letters."""

    def __init__(self, world):
        self.world, self.office = world, world.office
        self.actions = [
            Action(owner, due_on, world.begins_at)
            for owner, due_on in zip(world.owners, world.dues, strict=True)
        ]
        self.here = list(COLLEAGUES)
        self.rungs: list[tuple] = []
        self.letters: list[Letter] = []
        self.refused: list[Event] = []
        for event in world.events:
            getattr(self, event.what)(event)

    @property
    def rows(self):
        """All that is to be compared, the number of the action first."""
        letters = [
            (row.number, row.kind, row.seq, row.to, row.planned_at, row.state, row.done_at)
            for row in self.letters
        ]
        refused = [(event.number, "refused", event.what, event.at) for event in self.refused]
        return [*self.rungs, *letters, *refused]

    # ---- What happens -------------------------------------------------------------------------

    def note(self, event):
        action = self.actions[event.number]
        action.last_activity_at = event.at
        action.cycle += 1

    def new_date(self, event):
        action = self.actions[event.number]
        if event.date == action.due_on or event.date < self.office.date(event.at):
            self.refused.append(event)
        else:
            action.due_on = event.date
            self.note(event)

    def hand_over(self, event):
        action = self.actions[event.number]
        if event.who == action.owner or event.who not in self.here:
            self.refused.append(event)
        else:
            action.owner = event.who
            self.note(event)

    def done(self, event):
        self.actions[event.number].state = "done"
        self.note(event)

    def dropped(self, event):
        self.actions[event.number].state = "dropped"
        self.note(event)

    def not_fixed(self, event):
        action = self.actions[event.number]
        action.state = "open"
        action.due_on = self.office.date(event.at)
        for _day in range(DAYS_AFTER_REOPENING):
            action.due_on = self.office.from_then_on(action.due_on + DAY)
        self.note(event)

    def leaves(self, event):
        self.here.remove(event.who)

    def new_holiday(self, event):
        self.office = replace(self.office, holidays=self.office.holidays | {event.date})

    # ---- What the portal does about it --------------------------------------------------------

    def tick(self, event):
        for number, action in enumerate(self.actions):
            if action.state == "open":
                self._remind(number, action, event.at)
                self._climb(number, action, event.at)

    def tick_with_mail(self, event):
        self.tick(event)
        for letter in self.letters:
            if letter.state == "queued":
                is_wanted = self._is_wanted(letter, self.actions[letter.number], event.at)
                letter.state = "sent" if is_wanted else "cancelled"
                letter.done_at = event.at

    def _remind(self, number, action, now):
        if action.owner not in self.here:
            return
        if not rules.is_time_to_remind(
            due_on=action.due_on,
            days_before=self.world.days_before,
            office=self.office,
            now=now,
        ):
            return
        for letter in self.letters:
            if (letter.number, letter.kind) != (number, "due_soon"):
                continue
            is_same = letter.seq == action.cycle
            is_about_it = (letter.to, letter.about) == (action.owner, action.due_on)
            if is_same or (is_about_it and letter.state != "cancelled"):
                return
        self.letters.append(
            Letter(number, "due_soon", action.cycle, action.owner, now, action.due_on)
        )

    def _climb(self, number, action, now):
        reached = rules.rung(
            due_on=action.due_on,
            last_activity_at=action.last_activity_at,
            rung_days=self.world.rung_days,
            office=self.office,
            now=now,
        )
        climbed = [level for cycle, level in action.climbed if cycle == action.cycle]
        for level in (new := rules.new_rungs(reached, climbed)):
            told = self._hears(level, action.owner) if level == new[-1] else None
            action.climbed.add((action.cycle, level))
            self.rungs.append((number, "rung", action.cycle, level, now, told))
            if told is not None:
                seq = action.cycle * 10 + level
                letter = Letter(number, "escalation", seq, told, now, action.cycle)
                self.letters.append(letter)

    def _hears(self, level, owner):
        """The one at this rung; where nobody can read of it, the next higher one; at last the CCO
        again."""
        for post in [*rules.POSTS[level - 1 :], "cco"]:
            for name in self._holders(post, owner):
                if self._may_read(name):
                    return name
        return None

    def _may_read(self, name):
        return name in self.here and name != BLIND

    def _holders(self, post, owner):
        if post == "owner":
            return [owner]
        holders = [name for name, (_lead, held) in COLLEAGUES.items() if held == post]
        if post == "lead":
            own = COLLEAGUES[owner][0]
            return [own, *(name for name in holders if name != owner)]
        return holders

    def _is_wanted(self, letter, action, now):
        if action.state != "open" or not self._may_read(letter.to):
            return False
        if letter.kind == "escalation":
            return action.cycle == letter.about
        is_true_still = (action.owner, action.due_on) == (letter.to, letter.about)
        return (
            is_true_still and now <= self.office.closings[self.office.from_then_on(action.due_on)]
        )
