"""What the meeting form offers: recent agencies first, their people, the office's staff."""

from functools import cached_property

from django.db.models import Q

from accounts.models import User
from agencies.models import Agency, AgencySpelling, MeetingAgency, Person

# So few need no search: they are all shown.
SHOW_ALL = 8
RECENT = 6
FOUND = 8
MOST_PEOPLE = 60


class Picker:
    """What this user is offered, read when it is shown: a form that is fine shows nothing.

    `there` and `colleagues_there` are offered in any case: those on record or chosen already, who
    may have left meanwhile. Who is not offered would be taken away in silence.
    """

    def __init__(self, user, *, chosen=(), there=(), colleagues_there=(), text=""):
        self.user, self.chosen, self.text = user, list(chosen), text.strip()
        self.there, self.colleagues_there = list(there), list(colleagues_there)

    @cached_property
    def _visible(self):
        return Agency.objects.visible_to(self.user)

    @cached_property
    def _first(self):
        return list(self._visible.active().order_by("name")[: SHOW_ALL + 1])

    @property
    def has_search(self):
        return len(self._first) > SHOW_ALL

    @cached_property
    def found(self):
        """Those that match what was typed."""
        return find(self.user, self.text) if self.text else []

    @cached_property
    def agencies(self):
        """The chosen ones, then the matches; before anything is typed the recent ones or all."""
        if self.text:
            others = self.found
        elif self.has_search:
            others = self._rows(_recent(self.user))[:RECENT]
        else:
            others = self._first
        return list(dict.fromkeys([*self._chosen, *others]))

    @cached_property
    def _chosen(self):
        known = {agency.pk: agency for agency in self._first}
        if all(pk in known for pk in self.chosen):
            return [known[pk] for pk in self.chosen] if self.has_search else []
        return self._rows(self.chosen)

    def _rows(self, ids):
        rows = {row.pk: row for row in self._visible.filter(pk__in=ids)} if ids else {}
        return [rows[pk] for pk in ids if pk in rows]

    @cached_property
    def people(self):
        """Those who are there now, of the chosen agencies, or of the offered ones; and who was."""
        ids = [row.pk for row in self.agencies if not self.chosen or row.pk in self.chosen]
        people = Person.objects.filter(agency__in=ids).current()
        now = list(people.order_by("agency__name", "name")[:MOST_PEOPLE])
        if set(self.there) <= {person.pk for person in now}:
            return now
        there = Person.objects.visible_to(self.user).filter(pk__in=self.there)
        return list(dict.fromkeys([*there.order_by("agency__name", "name"), *now]))

    @cached_property
    def colleagues(self):
        return list(self.acceptable_colleagues.order_by("name"))

    @property
    def acceptable_colleagues(self):
        staff = User.objects.staff_of_office()
        if self.colleagues_there:
            staff = staff | User.objects.filter(pk__in=self.colleagues_there)
        return staff.exclude(pk=self.user.pk)


def _recent(user):
    mine = MeetingAgency.objects.filter(meeting__logged_by=user, meeting__withdrawn_at=None)
    ids = mine.order_by("-meeting__logged_at").values_list("agency", flat=True)[: 5 * RECENT]
    return list(dict.fromkeys(ids))


def find(user, text):
    """Visible agencies by their name, acronym, or another spelling; one that is exact alone."""
    rows = Agency.objects.visible_to(user).active().order_by("name")
    exact = list(rows.filter(Q(name__iexact=text) | Q(acronym__iexact=text))[:FOUND])
    if len(exact) == 1:
        return exact
    spelled = AgencySpelling.objects.filter(spelling__icontains=text).values("agency")
    alike = Q(name__icontains=text) | Q(acronym__istartswith=text) | Q(pk__in=spelled)
    return list(rows.filter(alike)[:FOUND])
