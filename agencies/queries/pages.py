"""Reads for the pages of meetings, people and assignments."""

import datetime as dt
from collections import defaultdict

from django.db.models import Q

from agencies.models import (
    Agency,
    AgencyImport,
    Assignment,
    ImportDraft,
    MeetingAgency,
    Person,
    of_visible_agencies,
)


def meeting_agencies(user, meeting):
    """(those that the user sees, how many others there are)."""
    visible = list(Agency.objects.visible_to(user).filter(meetings=meeting).order_by("name"))
    return visible, meeting.places.count() - len(visible)


def add_names(user, meetings):
    """Give each of these meetings `seen`, the agencies that the user sees, in one read."""
    rows = MeetingAgency.objects.filter(meeting__in=[meeting.pk for meeting in meetings])
    places = of_visible_agencies(rows, user)
    seen = defaultdict(list)
    for place in places.select_related("agency").order_by("agency__name"):
        seen[place.meeting_id].append(place.agency)
    for meeting in meetings:
        meeting.seen = seen[meeting.pk]


def meeting_people(user, meeting):
    return list(
        Person.objects.visible_to(user)
        .filter(meetings=meeting)
        .select_related("agency")
        .order_by("name")
    )


def people(agency, *, left):
    """Those of an agency who are there, or who have left."""
    rows = agency.people.order_by("level", "name")
    return rows.exclude(left_on=None) if left else rows.current()


def assignments(agency, today):
    """{"now": …, "later": …, "past": …} of an agency, the newest first."""
    rows = list(agency.assignments.select_related("user").order_by("-starts_on", "-pk"))
    return {
        "later": [row for row in rows if row.starts_on > today],
        "now": [row for row in rows if row.starts_on <= today and not _is_over(row, today)],
        "past": [row for row in rows if _is_over(row, today)],
    }


def _is_over(assignment, today):
    return assignment.until is not None and assignment.until < today


def gap(agency, today):
    """The first day from today on without a primary liaison, and who comes after it or None.

    None when there is no such day.
    """
    rows = Assignment.objects.filter(agency=agency).primary().select_related("user")
    rows = rows.filter(Q(until=None) | Q(until__gte=today)).order_by("starts_on")
    day = today
    for row in rows:
        if row.starts_on > day:
            return day, row
        if row.until is None:
            return None
        day = max(day, row.until + dt.timedelta(days=1))
    return day, None


def open_imports(user):
    """The user's own uploads that were not taken over yet, without their content."""
    return ImportDraft.objects.filter(by=user, result=None).defer("content", "plan")


def imports():
    """Every import that was taken over, the newest first."""
    return AgencyImport.objects.select_related("by")
