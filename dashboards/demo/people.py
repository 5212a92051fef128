"""The people at the agencies: who is there, who leaves, who comes after them."""

import datetime as dt

from agencies.models import Person
from agencies.services import registry
from dashboards.demo.founding import add_representative
from dashboards.demo.reading import Decks, read
from dashboards.demo.world import address

# How many answer surveys, and how many others are on record, by tier.
_RESPONDENTS = {1: 5, 2: 3, 3: 1}
_OTHERS = {1: 3, 2: 2, 3: 1}
# One small place has two who answer: 151 in all.
_WITH_ONE_MORE = "SIPA"
_WITH_SIGN_IN = ("CDHS", "CDOT", "LAW")
# Of ten respondents so many are replaced by somebody else within the years of the demo.
_LEAVE = 1.5


class Registry:
    """Knows which names are taken, and who is at which place."""

    def __init__(self, world):
        self.world = world
        self.dice = world.dice("people")
        self.texts = read("names")
        self.decks = Decks(self.dice)
        self.taken = {user.name for user in world.users.values()}
        self.by = world.users["administrator"]

    def fill_places(self):
        for place in self.world.places:
            count = _RESPONDENTS[place.tier] + (place.about["acronym"] == _WITH_ONE_MORE)
            for number in range(count):
                level = "executive" if number < 1 + (place.tier == 1) else "one_down"
                self.add(place, level=level, is_respondent=True, since=self._long_ago())
            for _ in range(_OTHERS[place.tier]):
                self.add(place, level="staff", is_respondent=False, since=self._long_ago())
        self._give_sign_ins()
        self._plan_departures()

    def add(self, place, *, level, is_respondent, since):
        name = self._new_name()
        person = registry.add_person(
            agency=place.agency,
            name=name,
            email=address(name, place.about["acronym"].lower()),
            phone=self._phone(),
            title=self.decks.draw(level, self.texts["titles"][level]),
            role=self.dice.choice([*self.texts["roles"][level], ""]),
            level=level,
            since=since,
            is_respondent=is_respondent,
            by=self.by,
        )
        place.people.append(person)
        return person

    def _new_name(self):
        while True:
            given = self.decks.draw("given", self.texts["given"])
            name = f"{given} {self.decks.draw('family', self.texts['family'])}"
            if name not in self.taken:
                self.taken.add(name)
                return name

    def _phone(self):
        return (
            f"{self.dice.choice(['303', '720', '719', '970'])}-555-01{self.dice.randrange(100):02}"
        )

    def _long_ago(self):
        return self.world.clock.start - dt.timedelta(days=self.dice.randrange(60, 4000))

    def _give_sign_ins(self):
        for acronym in _WITH_SIGN_IN:
            if place := self.world.place(acronym):
                person = place.people[0]
                user = add_representative(person)
                registry.change_person(
                    person=person, changes={"user": user}, seen_version=person.version, by=self.by
                )
                self.world.users[f"representative {acronym}"] = user

    def _plan_departures(self):
        clock = self.world.clock
        days = (clock.until - clock.start).days
        respondents = [
            (place, person)
            for place in self.world.places
            for person in place.people
            if person.is_respondent and person.user_id is None
        ]
        for place, person in self.dice.sample(respondents, round(len(respondents) * _LEAVE / 10)):
            # Nobody comes or goes while the newest wave is being written to.
            date = clock.start + dt.timedelta(days=self.dice.randrange(90, days - 60))
            clock.at(clock.in_hours(date, self.dice), self._replace, place, person)

    def _replace(self, place, person, *, now):
        today = self.world.clock.today
        registry.mark_left(person=person, on=today, by=self.by)
        place.people.remove(person)
        day = self.world.clock.days_later(self.dice.randrange(5, 30), self.dice)
        self.world.clock.at(day, self._succeed, place, person.level)

    def _succeed(self, place, level, *, now):
        self.add(place, level=level, is_respondent=True, since=self.world.clock.today)


def respondents_of(place):
    return [person for person in place.people if person.is_respondent]


def present(place, dice, count):
    """Some who come to a meeting; those who answer surveys come more often."""
    weights = [3 if person.level == Person.Level.EXECUTIVE else 2 for person in place.people]
    chosen = dict.fromkeys(dice.choices(place.people, weights, k=count))
    return list(chosen)
