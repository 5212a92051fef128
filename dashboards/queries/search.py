"""One box over agencies, people, meeting notes, concerns and actions.

Names forgive misspellings; texts are found by words, in any inflection, and by their beginnings.
Every branch starts from `visible_to`, so that a search finds what the pages show and no more.
"""

import re
from dataclasses import dataclass

from django.contrib.postgres.search import (
    SearchHeadline,
    SearchQuery,
    SearchVector,
    TrigramWordSimilarity,
)
from django.db.models import F, Prefetch, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.vocabulary import words
from agencies.models import Agency, Meeting, Person
from feedback.models import Action, Concern

SHOWN = 10
# A name that shares this much with a typed word is taken for a misspelling of it.
ALIKE = 0.4
# Marks around what was found: characters that nobody types.
START, STOP = "\ue000", "\ue001"


@dataclass
class Hit:
    title: str
    url_name: str
    pk: int
    where: str = ""
    at: object = None
    # [(text, whether it is what was looked for)]
    parts: tuple = ()


@dataclass
class Group:
    name: str
    icon: str
    hits: list


def everything(user, text):
    """The groups in which something was found."""
    groups = [
        Group(words().Agencies, "agencies", agencies(user, text)),
        Group(_("People"), "people", people(user, text)),
        Group(_("Concerns"), "concerns", concerns(user, text)),
        Group(_("Actions"), "actions", actions(user, text)),
        Group(_("Meetings"), "meeting", meetings(user, text)),
    ]
    return [group for group in groups if group.hits]


def named(rows, text):
    """The agencies of that name, acronym, other spelling or domain; near misses too, nearest
    first."""
    every = Agency.objects
    return (
        rows.annotate(near=TrigramWordSimilarity(text.lower(), Lower("name")))
        .filter(
            Q(near__gte=ALIKE)
            | Q(name__unaccent__icontains=text)
            | Q(acronym__istartswith=text)
            | Q(pk__in=every.filter(spellings__spelling__icontains=text).values("pk"))
            | Q(pk__in=every.filter(domains__domain__icontains=text).values("pk"))
        )
        .order_by("-near", "name")
    )


def agencies(user, text):
    found = named(Agency.objects.visible_to(user), text)[:SHOWN]
    return [Hit(row.name, "dashboards:agency", row.pk, where=row.acronym) for row in found]


def people(user, text):
    near = TrigramWordSimilarity(text.lower(), Lower("name"))
    found = (
        Person.objects.visible_to(user)
        .annotate(near=near)
        .filter(
            Q(near__gte=ALIKE)
            | Q(name__unaccent__icontains=text)
            | Q(title__icontains=text)
            | Q(email__istartswith=text)
        )
        .select_related("agency")
        .order_by("-near", "name")[:SHOWN]
    )
    return [
        Hit(f"{row.name}, {row.title}" if row.title else row.name, "dashboards:agency",
            row.agency_id, where=row.agency.name)
        for row in found
    ]  # fmt: skip


def meetings(user, text):
    found = _holding(Meeting.objects.visible_to(user).filter(withdrawn_at=None), "note", text)
    # Of a meeting with many, only those that the user sees are named.
    named = Prefetch("agencies", Agency.objects.visible_to(user))
    return [
        Hit(
            str(row.get_mode_display()).capitalize(),
            "agencies:meeting",
            row.pk,
            where=", ".join(agency.name for agency in row.agencies.all()),
            at=row.held_at,
            parts=_parts(row.excerpt),
        )
        for row in found.prefetch_related(named).order_by("-held_at")[:SHOWN]
    ]


def concerns(user, text):
    found = _holding(Concern.objects.visible_to(user), "quote", text).select_related("agency")
    return [
        Hit(row.topic or str(row.get_source_display()), "feedback:concern", row.pk,
            where=row.agency.name, at=row.raised_at, parts=_parts(row.excerpt))
        for row in found.order_by("-raised_at")[:SHOWN]
    ]  # fmt: skip


def actions(user, text):
    found = _holding(Action.objects.visible_to(user), "what", text).select_related(
        "agency", "owner"
    )
    return [
        Hit(row.what, "feedback:action", row.pk, where=f"{row.agency.name} · {row.owner}",
            at=row.created_at)
        for row in found.order_by("state", "-created_at")[:SHOWN]
    ]  # fmt: skip


def _holding(rows, field, text):
    """Rows whose text holds every word, or words that begin so; with an `excerpt`."""
    typed = re.findall(r"\w+", text)
    if not typed:
        return rows.none()
    query = SearchQuery(
        " & ".join(f"{word}:*" for word in typed), config="english", search_type="raw"
    )
    excerpt = SearchHeadline(
        F(field),
        query,
        config="english",
        start_sel=START,
        stop_sel=STOP,
        max_words=30,
        min_words=15,
    )
    # Written as the index of migration 0001 is.
    return rows.annotate(found=SearchVector(field, config="english"), excerpt=excerpt).filter(
        found=query
    )


def _parts(excerpt):
    """The excerpt cut where a mark stands, for a template that escapes every part."""
    pieces = re.split(f"({START}.*?{STOP})", excerpt)
    return tuple((piece.strip(START + STOP), piece.startswith(START)) for piece in pieces if piece)
