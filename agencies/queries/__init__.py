"""Reads that pages of this app and of the apps above need."""

from agencies.models import Assignment


def primary_liaisons(agency_ids, today):
    """{agency id: user}; agencies without a primary liaison are left out."""
    return _holders(agency_ids, today, Assignment.Role.PRIMARY)


def backup_liaisons(agency_ids, today):
    """{agency id: user}; of several, the one who started last."""
    return _holders(agency_ids, today, Assignment.Role.BACKUP)


def _holders(agency_ids, today, role):
    rows = (
        Assignment.objects.filter(agency__in=agency_ids, role=role)
        .on(today)
        .select_related("user")
        .order_by("starts_on", "pk")
    )
    return {row.agency_id: row.user for row in rows}
