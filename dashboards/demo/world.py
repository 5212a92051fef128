"""What everything in the demo shares: time, dice, texts, and who is who."""

import datetime as dt
import random
import unicodedata
from dataclasses import dataclass, field

from accounts.models import User
from agencies.models import Agency, Person
from dashboards.demo.clock import Clock
from dashboards.demo.reading import Decks, fill, read


@dataclass
class Duty:
    """Somebody of the office looks after a place, from a day until a day."""

    user: User
    starts_on: dt.date
    until: dt.date | None = None

    def holds_on(self, date):
        return self.starts_on <= date and (self.until is None or date <= self.until)


@dataclass
class Place:
    """An agency and what the demo knows about it."""

    agency: Agency
    about: dict
    people: list[Person] = field(default_factory=list)
    primaries: list[Duty] = field(default_factory=list)
    backups: list[Duty] = field(default_factory=list)

    @property
    def story(self):
        return self.about["story"]

    @property
    def tier(self):
        return self.about["tier"]


class World:
    def __init__(self, *, seed, clock: Clock, users: dict[str, User]):
        self.seed = seed
        self.clock = clock
        self.users = users
        self.places: list[Place] = []
        self.decks = Decks(self.dice("decks"))
        self.matters = read("matters")
        self.words = read("words")
        self._place_of: dict[int, Place] = {}

    def dice(self, *about):
        """Dice of their own for each purpose: more throws here change nothing there."""
        about = ":".join(str(part) for part in (self.seed, *about))
        return random.Random(about)  # noqa: S311 - an invented world, no secret

    def add(self, place):
        self.places.append(place)
        self._place_of[place.agency.pk] = place

    def user(self, pk):
        return next(user for user in self.users.values() if user.pk == pk)

    def place_of(self, agency_id):
        return self._place_of[agency_id]

    def place(self, acronym):
        """The place, or None in a smaller world."""
        return next((p for p in self.places if p.about["acronym"] == acronym), None)

    def liaison_of(self, place, date):
        """Who looks after the place on that day; the lead, where nobody does."""
        found = [duty.user for duty in place.primaries if duty.holds_on(date)]
        return found[0] if found else self.users["lead"]

    def write(self, text, place, dice, *, who=None, **more):
        """The text with the place's own words in it."""
        return fill(text, self.words_of(place, dice, who=who) | more)

    def words_of(self, place, dice, *, who=None):
        liaison = self.liaison_of(place, self.clock.today)
        return {
            "system": dice.choice(place.about["systems"]),
            "who": first_name(who) if who else "Their IT manager",
            "liaison": liaison.get_short_name(),
            "acronym": place.about["acronym"],
            "city": place.about["city"],
            "n": dice.choice([3, 4, 6, 7, 9, 11, 12, 14, 17, 19, 23, 28]),
        }


def first_name(person):
    return person.name.partition(" ")[0]


def address(name, domain):
    """`dana.ortiz@oit.example`: addresses of a top-level domain that leads nowhere."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    local = ".".join(part.replace("'", "") for part in plain.split())
    return f"{local}@{domain}.example"
