"""Agencies, their people, who looks after them, and every meeting on record."""

from agencies.models.agencies import (
    Agency,
    AgencyOwnedQuerySet,
    AgencyQuerySet,
    of_visible_agencies,
)
from agencies.models.imports import AgencyDomain, AgencyImport, AgencySpelling, ImportDraft
from agencies.models.meetings import Meeting, MeetingAgency
from agencies.models.people import Assignment, Person

__all__ = [
    "Agency",
    "AgencyDomain",
    "AgencyImport",
    "AgencyOwnedQuerySet",
    "AgencyQuerySet",
    "AgencySpelling",
    "Assignment",
    "ImportDraft",
    "Meeting",
    "MeetingAgency",
    "Person",
    "of_visible_agencies",
]
