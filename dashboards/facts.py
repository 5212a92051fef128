"""The facts behind the standings of many agencies, in five statements however many there are.

Every statement reads what is current (the newest waves, open actions, unsettled concerns, one
meeting per agency), never the history, so that ten more years cost nothing.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    FilteredRelation,
    Func,
    IntegerField,
    JSONField,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, JSONObject

from accounts import office
from accounts.readers import Reader
from agencies.models import Agency, Assignment, MeetingAgency
from crm_portal.lib.worded import worded_once
from dashboards import standing
from feedback.models import Action, Concern, ReportBack, was_due_before
from surveys.models import AnswerTally, Question, ResponseTally, Wave


@dataclass(slots=True)
class Row:
    """One agency as lists show it."""

    pk: int
    name: str
    acronym: str
    tier: int
    governance: str
    last_contact_at: dt.datetime | None
    liaison_pk: int | None
    liaison: str | None
    open_actions: int
    late_actions: int
    new_concerns: int
    standing: standing.Standing

    @property
    def facts(self):
        return self.standing.facts


NOTHING_OPEN, NOTHING_RAISED = (0, 0, None), (0, None, None)


class Evidence:
    """What the statements brought, keyed by agency."""

    def __init__(self, agencies, *, now, ratings_of=None):
        """`agencies`: their pks. `ratings_of(waves, agencies)`: another way than `ratings` to the
        same answers."""
        self.today = office.local_date(now)
        self.waves, self.invited = _invited(agencies, self.today)
        self.answered = (ratings_of or ratings)(self.waves, agencies)
        late_before = office.calendar().late_before(self.today)
        asked = {"agencies": agencies, "late_before": late_before}
        self.actions = {agency: facts for agency, *facts in _open_actions(**asked)}
        self.concerns = {agency: facts for agency, *facts in _open_concerns(**asked)}

    @cached_property
    def open_waves(self):
        return {wave.pk for wave in self.waves if wave.state == Wave.State.OPEN}

    def facts(self, agency):
        """The facts of one agency, from the values of `with_contacts`."""
        _new, low, not_fixed_topic = self.concerns.get(agency["pk"], NOTHING_RAISED)
        mood = agency["mood"] or {}
        return standing.Facts(
            today=self.today,
            tier=agency["tier"],
            visit_days=office.current().visit_days(agency["tier"]),
            contact_days=office.current().contact_days,
            last_contact_on=_local(agency["last_contact_at"]),
            last_visit_on=_local(agency["last_visit_at"]),
            score=self.score(agency["pk"]),
            late=self.late(agency["pk"]),
            low=_low_rating(low),
            not_fixed_topic=not_fixed_topic,
            mood=mood.get("mood"),
            mood_on=_local(_instant(mood.get("at"))),
            has_liaison=agency["liaison_pk"] is not None,
            is_silent=self.is_silent(agency["pk"]),
        )

    def score(self, agency):
        """From the newest wave in which somebody there answered."""
        for wave in self.waves:
            _asked, people = self.invited.get((wave.pk, agency), (0, 0))
            if people:
                total, count, low, high = self.answered.get((wave.pk, agency), (0, 0, 0, 0))
                answered_on = min(wave.closes_on, self.today)
                is_open = wave.state == Wave.State.OPEN
                return standing.Score(
                    wave.title, answered_on, people, total, count, low, high, is_open
                )
        return None

    def is_silent(self, agency):
        """Asked in a wave that is open, and nobody there has answered it."""
        counts = [self.invited.get((wave, agency), (0, 0)) for wave in self.open_waves]
        return any(asked and not people for asked, people in counts)

    def late(self, agency):
        """The late action that is highest on the ladder, then oldest."""
        _open, late, worst = self.actions.get(agency, NOTHING_OPEN)
        if not late:
            return None
        due_on = office.calendar().at_work(dt.date.fromisoformat(worst["due"]))
        return standing.LateAction(worst["owner"], due_on, worst["rung"], late)


def rows(found, evidence):
    """A Row for each of these values of `with_contacts`."""
    return [row_of(agency, evidence) for agency in found]


def row_of(agency, evidence):
    """The Row of one agency, from the values of `with_contacts`."""
    open_actions, late, _worst = evidence.actions.get(agency["pk"], NOTHING_OPEN)
    return Row(
        pk=agency["pk"],
        name=agency["name"],
        acronym=agency["acronym"],
        tier=agency["tier"],
        governance=agency["governance"],
        last_contact_at=agency["last_contact_at"],
        liaison_pk=agency["liaison_pk"],
        liaison=agency["liaison"],
        open_actions=open_actions,
        late_actions=late,
        new_concerns=evidence.concerns.get(agency["pk"], NOTHING_RAISED)[0],
        standing=standing.judge(evidence.facts(agency)),
    )


FIELDS = (
    "pk",
    "name",
    "acronym",
    "tier",
    "governance",
    "last_contact_at",
    "last_visit_at",
    "liaison_pk",
    "liaison",
    "mood",
)


def with_contacts(agencies, *, now):
    """The agencies, each with its primary liaison and the mood of the last meeting.

    Its `.values(*FIELDS)` are what `rows` takes.
    """
    return _with_contacts(agencies, office.local_date(now), _mood_since(now), now)


def everybody(user, *, now):
    """The same of every agency that the user sees and that still exists, as values."""
    found = _everybody(Reader.of(user), office.local_date(now), since=_mood_since(now), until=now)
    return [dict(zip(FIELDS, row, strict=True)) for row in found]


@worded_once
def _everybody(reader, today, *, since, until):
    agencies = Agency.objects.visible_to(reader.user).active()
    return _with_contacts(agencies, today, since, until).values_list(*FIELDS)


def _with_contacts(agencies, today, since, until):
    return agencies.annotate(
        now_primary=FilteredRelation(
            "assignments",
            condition=Q(assignments__role=Assignment.Role.PRIMARY)
            & Q(assignments__starts_on__lte=today)
            & (Q(assignments__until=None) | Q(assignments__until__gte=today)),
        ),
        liaison_pk=_while_active("now_primary__user_id"),
        liaison=_while_active("now_primary__user__name"),
        mood=_last_mood(since, until),
    )


def _while_active(field):
    """Of a liaison whose account is closed nothing is left: the post is vacant."""
    return Case(When(now_primary__user__is_active=True, then=F(field)))


def _mood_since(now):
    return now - dt.timedelta(days=office.current().contact_days)


def _last_mood(since, until):
    # Restricted meetings are left out for everybody: the state must be the same on every screen.
    return Subquery(
        MeetingAgency.objects.filter(
            agency=OuterRef("pk"),
            held_at__range=(since, until),
            meeting__mood__isnull=False,
            meeting__restricted=False,
            meeting__withdrawn_at=None,
        )
        .order_by("-held_at")
        .values(json=JSONObject(mood="meeting__mood", at="held_at"))[:1]
    )


def ratings(waves, agencies):
    """{(wave, agency): (sum of ratings, how many, lowest, highest)}."""
    if not isinstance(agencies, list):
        agencies = list(agencies.values_list("pk", flat=True))
    found = _ratings(waves=[wave.pk for wave in waves], agencies=agencies)
    return {(wave, agency): tuple(numbers) for wave, agency, *numbers in found}


@worded_once
def _ratings(*, waves, agencies):
    value = Cast("value", IntegerField())
    return (
        AnswerTally.objects.filter(
            wave__in=waves,
            agency__in=agencies,
            question__kind=Question.Kind.RATING,
            count__gt=0,
        )
        .values_list("wave_id", "agency_id")
        .annotate(
            total=Sum(value * F("count")), ratings=Sum("count"), low=Min(value), high=Max(value)
        )
        .order_by()
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A wave whose answers are still fresh."""

    pk: int
    title: str
    state: str
    opens_on: dt.date
    closes_on: dt.date
    ended_at: dt.datetime | None


def _invited(agencies, today):
    """The waves whose answers are fresh, newest first, and
    {(wave, agency): (people asked, people who answered)}."""
    since = today - dt.timedelta(days=standing.SURVEY_DAYS)
    waves, invited = {}, {}
    for row in _asked(agencies=agencies, since=since):
        agency, asked, responded, wave = row[:4]
        if wave not in waves:
            waves[wave] = Asked(*row[3:])
        invited[wave, agency] = (asked, responded)
    newest_first = sorted(waves.values(), key=lambda wave: (wave.opens_on, wave.pk), reverse=True)
    return newest_first, invited


@worded_once
def _asked(*, agencies, since):
    return (
        ResponseTally.objects.filter(agency__in=agencies, wave__closes_on__gte=since, invited__gt=0)
        .exclude(wave__state=Wave.State.DRAFT)
        .values_list(
            "agency_id",
            "invited",
            "responded",
            "wave_id",
            "wave__title",
            "wave__state",
            "wave__opens_on",
            "wave__closes_on",
            "wave__ended_at",
        )
    )


@worded_once
def _open_actions(*, agencies, late_before):
    """(agency, how many, how many late ones, the worst of those)"""
    is_late = was_due_before(late_before)
    return (
        Action.objects.open()
        .filter(agency__in=agencies)
        .with_rung()
        # Of those in time nobody asks for the rung.
        .annotate(late_rung=Case(When(is_late, then="rung")))
        .values_list("agency_id")
        .annotate(
            open=Count("pk"),
            late=Count("pk", filter=is_late),
            worst=_first(
                JSONObject(owner="owner__name", due="due_on", rung="late_rung"),
                JSONField(),
                filter=is_late,
                order_by=["-late_rung", "due_on"],
            ),
        )
        .order_by()
    )


@worded_once
def _open_concerns(*, agencies, late_before):
    """(agency, how many new ones, the worst rating, a topic that is not fixed)"""
    late = Action.objects.open().filter(was_due_before(late_before), concern__isnull=False)
    denied = ReportBack.objects.filter(concern=OuterRef("pk"), verdict=ReportBack.Verdict.NOT_FIXED)
    return (
        Concern.objects.filter(
            state__in=[Concern.State.NEW, Concern.State.IN_ACTION], agency__in=agencies
        )
        # The late ones are few and looked up once.
        .annotate(
            is_late=Case(When(pk__in=late.values("concern"), then=True), default=False),
            is_denied=Exists(denied),
        )
        .annotate(
            is_in_hand=Case(
                When(state=Concern.State.IN_ACTION, is_late=False, then=Value(True)),
                default=Value(False),
            )
        )
        .values_list("agency_id")
        .annotate(
            new=Count("pk", filter=Q(state=Concern.State.NEW)),
            low=_first(
                JSONObject(
                    rating="rating", topic="topic", at="raised_at", state="state", late="is_late"
                ),
                JSONField(),
                filter=Q(rating__isnull=False),
                # What is being worked on in time does not hide what nobody looks at.
                order_by=["is_in_hand", "rating", "raised_at"],
            ),
            not_fixed=_first(
                "topic",
                CharField(),
                filter=Q(is_denied=True, state=Concern.State.IN_ACTION),
                order_by=["raised_at"],
            ),
        )
        .order_by()
    )


def _first(expression, output_field, **order):
    """The first one of a group; the others need not come along."""
    array = ArrayAgg(expression, **order)
    return Func(array, template="(%(expressions)s)[1]", output_field=output_field)


def _low_rating(worst):
    if worst is None:
        return None
    return standing.LowRating(
        rating=worst["rating"],
        topic=worst["topic"],
        raised_on=_local(_instant(worst["at"])),
        is_disposed=worst["state"] != Concern.State.NEW,
        is_late=worst["late"],
    )


def _instant(text):
    return text and dt.datetime.fromisoformat(text)


def _local(instant):
    return instant and office.local_date(instant)
