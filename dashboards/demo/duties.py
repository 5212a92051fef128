"""Who of the office looks after which agency, then and now."""

import datetime as dt

from agencies.models import Assignment
from agencies.services import assignments
from dashboards.demo.world import Duty

Role = Assignment.Role
_LIAISONS = (
    "dana", "tobias", "amina", "jun", "corinne", "ezra", "paloma", "rashid", "bridget", "oluwaseun",
)  # fmt: skip
# Came later and took over what the lead had looked after beside everything else.
_NEWCOMER, _CAME_DAYS_AGO = "greta", 430
# The liaison went to another state; nobody has been found yet.
_VACANT, _VACANT_DAYS = "DYS", 44
_EMBEDDED = {"DOC": "rashid", "CDHS": "corinne", "CDOT": "oluwaseun"}
# One after the other, seven months each: fills in where the IT director's post is empty.
_SHADOW = ("ezra", ("DOLA", "CDA", "DORA", "CDE"), 213)


def assign_all(world):
    """Give every place its people of the office, and plan what changes later."""
    _Duties(world).assign()


class _Duties:
    def __init__(self, world):
        self.world = world
        self.by = world.users["cco"]
        self.dice = world.dice("duties")
        self.since = world.clock.start - dt.timedelta(days=400)

    def assign(self):
        for number, place in enumerate(sorted(self.world.places, key=lambda place: place.tier)):
            # Every sixth one was the lead's, until the newcomer took them over.
            key = "lead" if number % 12 in (10, 11) else _LIAISONS[number % 12]
            self._begin(place, key)
            if place.tier < 3:
                self._add_backup(place, key)
        self._embed()
        self._plan_shadow()
        days = dt.timedelta(days=1)
        self._on(self.world.clock.until - _CAME_DAYS_AGO * days, self._hand_to_newcomer)
        self._on(self.world.clock.until - _VACANT_DAYS * days, self._leave_vacant)

    def _on(self, date, do, *args):
        self.world.clock.at(self.world.clock.in_hours(date, self.dice), do, *args)

    def _begin(self, place, key):
        user = self.world.users[key]
        assignments.assign(
            agency=place.agency, user=user, role=Role.PRIMARY, starts_on=self.since, by=self.by
        )
        place.primaries.append(Duty(user, self.since))

    def _add_backup(self, place, key):
        other = self.dice.choice([name for name in _LIAISONS if name != key])
        user = self.world.users[other]
        assignments.assign(
            agency=place.agency, user=user, role=Role.BACKUP, starts_on=self.since, by=self.by
        )
        place.backups.append(Duty(user, self.since))

    def _embed(self):
        for acronym, key in _EMBEDDED.items():
            if place := self.world.place(acronym):
                assignments.assign(
                    agency=place.agency,
                    user=self.world.users[key],
                    role=Role.EMBEDDED,
                    starts_on=self.since,
                    by=self.by,
                )

    def _plan_shadow(self):
        key, acronyms, days = _SHADOW
        first = self.world.clock.start + dt.timedelta(days=120)
        for number, acronym in enumerate(acronyms):
            starts_on = first + dt.timedelta(days=number * days)
            if place := self.world.place(acronym):
                self._on(starts_on, self._shadow, place, key, days)

    def _shadow(self, place, key, days, *, now):
        today = self.world.clock.today
        assignments.assign(
            agency=place.agency,
            user=self.world.users[key],
            role=Role.SHADOW,
            starts_on=today,
            until=today + dt.timedelta(days=days - 7),
            by=self.by,
        )

    def _hand_to_newcomer(self, *, now):
        today, newcomer = self.world.clock.today, self.world.users[_NEWCOMER]
        lead = self.world.users["lead"]
        theirs = [place for place in self.world.places if place.primaries[-1].user == lead]
        for place in theirs[: max(1, len(theirs) * 2 // 3)]:
            assignments.hand_over(agency=place.agency, to=newcomer, on=today, by=self.by)
            place.primaries[-1].until = today - dt.timedelta(days=1)
            place.primaries.append(Duty(newcomer, today))

    def _leave_vacant(self, *, now):
        if place := self.world.place(_VACANT):
            today = self.world.clock.today
            current = Assignment.objects.on(today).primary().get(agency=place.agency)
            assignments.end(assignment=current, on=today, by=self.by)
            place.primaries[-1].until = today
