"""What happened with one agency, newest first, from many tables in one statement.

Each kind of entry is a branch of a union, cut to one page before the union; so a page costs the
same however long the history is. The next page starts after the last entry shown (at, kind, pk),
because many things happen at the same instant.
"""

import datetime as dt
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    F,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Concat, JSONObject, Left

from accounts.models import User
from accounts.readers import Reader
from agencies.models import Agency, Assignment, Meeting, Person
from feedback.models import Action, ActionActivity, Concern, ReportBack
from outbox.models import Letter
from surveys.models import Answer, Invitation, Response

PER_PAGE = 25
# What the filter chips show → the branches.
SHOWS = {
    "meetings": ["meeting"],
    "answers": ["response"],
    "concerns": ["concern", "verdict"],
    "actions": ["activity"],
    "letters": ["surveyletter", "actionletter", "concernletter"],
    "changes": ["change", "began", "ended", "came", "left"],
}
# Longer notes are read on the meeting's own page.
NOTE_LENGTH = 600
WATCHED = (
    "name",
    "acronym",
    "tier",
    "governance",
    "branch",
    "cabinet",
    "city",
    "head_count",
    "closed_on",
    "parent_id",
)


@dataclass
class Entry:
    """One thing that happened: `data` holds what its kind knows."""

    kind: str
    at: dt.datetime
    pk: int
    data: dict[str, Any]

    @property
    def mark(self):
        """Where the next page starts, for the address."""
        return f"{self.at.isoformat()}_{self.kind}_{self.pk}"


@dataclass
class Page:
    entries: list
    older: str


def page(user, agency, *, now, show="", text="", before=""):
    """One Page of the agency's history until now, as far as the user may see it."""
    kinds = SHOWS.get(show) or [kind for kinds in SHOWS.values() for kind in kinds]
    mark = _parse(before)
    sql, params = _compile(Reader.of(user), tuple(kinds), bool(text), mark and mark[1])
    with connection.cursor() as cursor:
        cursor.execute(sql, _fill(params, agency, now, text, mark))
        entries = [Entry(kind, at, pk, json.loads(data)) for kind, at, pk, data in cursor]
    has_more = len(entries) > PER_PAGE
    entries = entries[:PER_PAGE]
    return Page(entries, entries[-1].mark if has_more else "")


# To put a dozen branches into words takes Django longer than PostgreSQL needs to answer, so the
# statement of each reader is kept for the day, with stand-ins for what differs between two pages.
AGENCY, MARKED_PK = -7_000_000_001, -7_000_000_002
NOW = dt.datetime(1901, 1, 1, tzinfo=dt.UTC)
MARKED_AT = dt.datetime(1902, 1, 1, tzinfo=dt.UTC)
TEXT = "\ue00fwords\ue00f"


@lru_cache(maxsize=2000)
def _compile(reader, kinds, has_text, marked_kind):
    """(SQL, parameters) with the stand-ins."""
    text = TEXT if has_text else ""
    mark = (MARKED_AT, marked_kind, MARKED_PK) if marked_kind else None
    agency = Agency(pk=AGENCY)
    branches = [_cut(BRANCHES[kind](reader.user, agency, text), kind, mark, NOW) for kind in kinds]
    rows, *others = branches
    if others:
        rows = rows.union(*others, all=True)
        rows = rows.order_by("-entry_at", "-entry_kind", "-entry_pk")[: PER_PAGE + 1]
    return rows.query.sql_with_params()


def _fill(params, agency, now, text, mark):
    """The parameters with what they stand for."""
    marked_at, _kind, marked_pk = mark or (None, None, None)
    meant = {AGENCY: agency.pk, NOW: now, MARKED_AT: marked_at, MARKED_PK: marked_pk}
    words = connection.ops.prep_for_like_query(text)
    return [
        param.replace(TEXT, words) if isinstance(param, str) else meant.get(param, param)
        for param in params
    ]


def _parse(mark):
    """(at, kind, pk) out of the address; None for anything else."""
    try:
        at, kind, pk = mark.rsplit("_", 2)
        at = dt.datetime.fromisoformat(at)
    except ValueError:
        return None
    # Nothing happened before 1900, and neither Python nor PostgreSQL likes the year 1.
    if at.tzinfo is None or at.year < 1900 or kind not in BRANCHES or not pk.isascii():
        return None
    return (at, kind, int(pk)) if pk.isdigit() and len(pk) < 19 else None


def _cut(rows, kind, mark, now):
    """The newest of one branch, until now and after the mark."""
    rows = rows.annotate(
        entry_kind=Value(kind, output_field=CharField()),
        entry_pk=Cast("pk", BigIntegerField()),
    ).filter(entry_at__lte=now)
    if mark:
        at, marked_kind, pk = mark
        after = Q(entry_at__lt=at)
        if kind < marked_kind:
            after |= Q(entry_at=at)
        elif kind == marked_kind:
            after |= Q(entry_at=at, pk__lt=pk)
        rows = rows.filter(after)
    return rows.order_by("-entry_at", "-pk").values_list(
        "entry_kind", "entry_at", "entry_pk", "entry_data"
    )[: PER_PAGE + 1]


def _holding(text, *fields):
    """Any of the fields holds the text."""
    condition = Q()
    if text:
        for field in fields:
            condition |= Q(**{f"{field}__icontains": text})
    return condition


def _meetings(user, agency, text):
    # Of a meeting with many, only people of agencies that the user sees are named.
    people = Person.objects.visible_to(user).filter(meetings=OuterRef("pk")).order_by("name")
    return (
        Meeting.objects.visible_to(user)
        .filter(_holding(text, "note"), places__agency=agency, withdrawn_at=None)
        .annotate(
            entry_at=F("places__held_at"),
            entry_data=JSONObject(
                mode="mode",
                mood="mood",
                minutes="minutes",
                note=Left("note", NOTE_LENGTH),
                restricted="restricted",
                by="logged_by__name",
                people=ArraySubquery(people.values("name")),
            ),
        )
    )


def _responses(user, agency, text):
    answers = (
        Answer.objects.filter(response=OuterRef("pk"))
        .order_by("question__position")
        .values(
            json=JSONObject(
                topic="question__topic", kind="question__kind", number="number", text="text"
            )
        )
    )
    return (
        Response.objects.visible_to(user)
        .submitted()
        .filter(_answered(text), agency=agency)
        .annotate(
            entry_at=F("submitted_at"),
            entry_data=JSONObject(
                by="invitation__person__name",
                wave="wave__title",
                threshold="wave__threshold",
                answers=ArraySubquery(answers),
            ),
        )
    )


def _answered(text):
    if not text:
        return Q()
    saying = Answer.objects.filter(text__icontains=text).values("response")
    return Q(pk__in=saying) | Q(invitation__person__name__icontains=text)


def _concerns(user, agency, text):
    return (
        Concern.objects.visible_to(user)
        .filter(_holding(text, "quote", "topic"), agency=agency)
        .annotate(
            entry_at=F("raised_at"),
            entry_data=JSONObject(
                quote=Left("quote", NOTE_LENGTH),
                topic="topic",
                rating="rating",
                state="state",
                by="raised_by__name",
            ),
        )
    )


def _verdicts(user, agency, text):
    return (
        ReportBack.objects.visible_to(user)
        .filter(_holding(text, "words", "did"), concern__agency=agency)
        .exclude(verdict="")
        .annotate(
            entry_at=F("answered_at"),
            entry_data=JSONObject(
                verdict="verdict",
                words="words",
                by="person__name",
                topic="concern__topic",
                concern="concern_id",
            ),
        )
    )


def _activities(user, agency, text):
    return (
        ActionActivity.objects.visible_to(user)
        .filter(_holding(text, "text", "action__what"), action__agency=agency)
        .annotate(
            entry_at=F("at"),
            entry_data=JSONObject(
                kind="kind",
                text="text",
                what="action__what",
                action="action_id",
                owner="action__owner__name",
                by="by__name",
            ),
        )
    )


def _letters(purpose, model, about):
    def branch(user, agency, text):
        own = about.objects.visible_to(user).filter(**{_path(about): agency})
        subjects = own.annotate(about=Concat(Value(f"{model}:"), Cast("pk", CharField())))
        return Letter.objects.filter(
            _holding(text, "headline", "recipient_name"),
            purpose=purpose,
            subject__in=subjects.values("about"),
            done_at__isnull=False,
        ).annotate(
            entry_at=F("done_at"),
            entry_data=JSONObject(
                to="recipient_name",
                headline="headline",
                state="state",
                reason="reason",
                purpose="purpose",
                kind="kind",
            ),
        )

    return branch


def _path(about):
    return "concern__agency" if about is ReportBack else "agency"


def _changes(user, agency, text):
    """Edits of the agency's own facts, one for each version; a meeting logged is none."""
    event = apps.get_model("agencies", "AgencyEvent")
    own = event.objects.filter(pgh_obj=agency)
    edits = own.values("version").annotate(first=Min("pgh_id")).values("first")
    facts = JSONObject(**{name: name for name in WATCHED})
    previous = event.objects.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__lt=OuterRef("pgh_id"))
    user_pk = Cast(KeyTextTransform("user", "pgh_context__metadata"), BigIntegerField())
    who = User.objects.filter(pk=OuterRef("who_pk")).values("name")[:1]
    return (
        own.filter(_holding(text, "name", "acronym"), pgh_id__in=edits, pgh_label="update")
        .annotate(who_pk=user_pk)
        .annotate(
            entry_at=F("pgh_created_at"),
            entry_data=JSONObject(
                now=facts,
                before=Subquery(previous.order_by("-pgh_id").values(json=facts)[:1]),
                by=Subquery(who),
            ),
        )
    )


def _assignments(day):
    def branch(user, agency, text):
        return (
            Assignment.objects.visible_to(user)
            .filter(_holding(text, "user__name"), agency=agency, **{f"{day}__isnull": False})
            .annotate(
                entry_at=_noon(day), entry_data=JSONObject(name="user__name", role="role", day=day)
            )
        )

    return branch


def _people(day):
    def branch(user, agency, text):
        return (
            Person.objects.visible_to(user)
            .filter(_holding(text, "name", "title"), agency=agency, **{f"{day}__isnull": False})
            .annotate(
                entry_at=_noon(day), entry_data=JSONObject(name="name", title="title", day=day)
            )
        )

    return branch


def _noon(day):
    # A date among instants: late enough in UTC to be the same date at every office in the States.
    return Cast(day, DateTimeField()) + Value(dt.timedelta(hours=18))


BRANCHES = {
    "meeting": _meetings,
    "response": _responses,
    "concern": _concerns,
    "verdict": _verdicts,
    "activity": _activities,
    "surveyletter": _letters("survey", "invitation", Invitation),
    "actionletter": _letters("action", "action", Action),
    "concernletter": _letters("concern", "report_back", ReportBack),
    "change": _changes,
    "began": _assignments("starts_on"),
    "ended": _assignments("until"),
    "came": _people("since"),
    "left": _people("left_on"),
}
