"""Two people edit one record: the second is told, and nothing is overwritten in silence."""

from django.db.models import F

from crm_portal.lib.refusals import StaleRecord


def save_if_unchanged(row, *, seen_version, fields):
    """Write the fields if the row still has the version that the editor saw, and raise it by one.

    Raises StaleRecord, with the row as it stands now, when somebody else was first.
    """
    model = type(row)
    values = {name: getattr(row, name) for name in fields}
    changed = model._base_manager.filter(pk=row.pk, version=seen_version).update(
        **values, version=F("version") + 1
    )
    if not changed:
        raise StaleRecord(current=model._base_manager.get(pk=row.pk))
    row.version = seen_version + 1
