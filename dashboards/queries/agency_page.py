"""One agency: who they are, how we stand, what is open. The timeline is a module of its own."""

from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, IntegerField, OuterRef, Subquery, Value, When, Window
from django.http import Http404

from accounts import office
from agencies.models import Agency, AgencyDomain, AgencySpelling, Assignment, Person
from dashboards import facts
from dashboards.facts import Evidence
from dashboards.queries import waves as office_waves
from feedback.models import Action, Concern
from surveys.queries import everybody

# For this long somebody counts as new.
NEW_DAYS = 120
# Of more people, open actions or concerns than these, the page says how many and where.
PEOPLE_SHOWN, SHOWN = 20, 10


@dataclass
class AgencyPage:
    """Everything beside the timeline."""

    agency: Agency
    row: facts.Row
    people: "Some"
    concerns: "Some"
    actions: "Some"
    trend: list


@dataclass
class Some:
    """The first of many rows, and how many there are."""

    rows: list
    total: int

    @classmethod
    def of(cls, rows, *, most=SHOWN):
        first = list(rows.annotate(total=Window(Count("pk")))[:most])
        return cls(first, first[0].total if first else 0)

    @property
    def others(self):
        return self.total - len(self.rows)


def get(user, pk, *, now):
    """The AgencyPage; 404 for an agency that the user may not see."""
    today = office.local_date(now)
    agency = _with_everything(user, now, today).filter(pk=pk).first()
    if agency is None:
        raise Http404
    opened = office_waves.opened()
    rated = facts.ratings(opened, [agency.pk])
    evidence = Evidence([agency.pk], now=now, ratings_of=lambda *_asked: rated)
    known = {name: getattr(agency, name) for name in facts.FIELDS}
    return AgencyPage(
        agency=agency,
        row=facts.row_of(known, evidence),
        people=people(user, agency, today),
        concerns=concerns(user, agency),
        actions=actions(user, agency),
        trend=trend(user, agency, opened, rated),
    )


def _with_everything(user, now, today):
    """The agency with its liaison, backup, other spellings and domains, in one row."""
    backup = Assignment.objects.filter(agency=OuterRef("pk"), role=Assignment.Role.BACKUP).on(today)
    spellings = AgencySpelling.objects.filter(agency=OuterRef("pk")).values("spelling")
    domains = AgencyDomain.objects.filter(agency=OuterRef("pk")).values("domain")
    return (
        facts.with_contacts(Agency.objects.visible_to(user), now=now)
        .select_related("parent")
        .annotate(
            backup=Subquery(backup.order_by("-starts_on").values("user__name")[:1]),
            other_names=ArraySubquery(spellings[:20]),
            internet=ArraySubquery(domains[:20]),
        )
    )


def people(user, agency, today):
    """Some of those who are there, who decides first; with `is_new`."""
    rank = Case(
        When(level=Person.Level.EXECUTIVE, then=Value(0)),
        When(level=Person.Level.ONE_DOWN, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    there = Person.objects.visible_to(user).filter(agency=agency).current()
    found = Some.of(there.annotate(rank=rank).order_by("rank", "name"), most=PEOPLE_SHOWN)
    for person in found.rows:
        person.is_new = person.since is not None and 0 <= (today - person.since).days <= NEW_DAYS
    return found


def concerns(user, agency):
    """Those that wait for an answer or for work, oldest first."""
    waiting = [Concern.State.NEW, Concern.State.IN_ACTION, Concern.State.REPORTED]
    found = Concern.objects.visible_to(user).filter(agency=agency, state__in=waiting)
    return Some.of(found.select_related("raised_by").order_by("raised_at"))


def actions(user, agency):
    """Open actions, the latest first."""
    found = Action.objects.visible_to(user).open().filter(agency=agency)
    return Some.of(found.select_related("owner").order_by("due_on", "pk"))


def trend(user, agency, opened, rated):
    """[(wave, own mean, ratings, everybody's mean)] of the waves, oldest first. Everybody's is None
    while the wave is open, and where the user may not be told."""
    finished = office_waves.finished(opened)
    told = everybody.told_the_mean(user, [one.wave for one in finished])
    means = {one.wave.pk: one.mean for one in finished if one.wave.pk in told}
    points = []
    for wave in opened:
        total, count, *_span = rated.get((wave.pk, agency.pk), (0, 0))
        own = total / count if count else None
        points.append((wave, own, count, means.get(wave.pk)))
    return points if any(own for _wave, own, _count, _all in points) else []
