"""Reads that pages of this app and of the apps above need."""

from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from agencies.models import Assignment


def primary_liaisons(agency_ids, today):
    """{agency id: user}; agencies without a primary liaison are left out."""
    return _holders(agency_ids, today, Assignment.Role.PRIMARY)


def backup_liaisons(agency_ids, today):
    """{agency id: user}; of several, the one who started last."""
    return _holders(agency_ids, today, Assignment.Role.BACKUP)


def primary_liaison(agency, today):
    """For `annotate`: {"name", "phone"} of the primary liaison of each row's agency, or None.

    `agency` is the path from the row to it.
    """
    rows = Assignment.objects.filter(agency=OuterRef(agency), role=Assignment.Role.PRIMARY)
    rows = rows.on(today).filter(user__is_active=True).order_by()
    return Subquery(rows.values(said=JSONObject(name="user__name", phone="user__phone"))[:1])


def _holders(agency_ids, today, role):
    """Who has left the office looks after nobody, whatever the assignment says."""
    rows = (
        Assignment.objects.filter(agency__in=agency_ids, role=role)
        .on(today)
        .filter(user__is_active=True)
        .select_related("user")
        .order_by("starts_on", "pk")
    )
    return {row.agency_id: row.user for row in rows}
