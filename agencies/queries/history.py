"""What the history of a record says: who changed what, and when."""

from itertools import pairwise

from accounts.models import User

# They change with every change, and say nothing.
SILENT = {"version"}


def changes(row):
    """Newest first: {"at", "by" (a user or None), "why", "what" (names of fields)}.

    The first is how it came to be; there `what` is empty.
    """
    events = list(row.events.select_related("pgh_context").order_by("pgh_id"))
    found = [_change(None, event) for event in events[:1]]
    found += [_change(before, after) for before, after in pairwise(events)]
    users = User.objects.in_bulk({change["by"] for change in found if change["by"]})
    for change in found:
        change["by"] = users.get(change["by"])
    return found[::-1]


def _change(before, after):
    metadata = after.pgh_context.metadata if after.pgh_context else {}
    return {
        "at": after.pgh_created_at,
        "by": metadata.get("user"),
        "why": metadata.get("why", ""),
        "what": _different(before, after) if before else [],
    }


def _different(before, after):
    """The names of the fields that differ, as a form calls them."""
    return [
        str(getattr(field, "verbose_name", field.name))
        for field in type(after)._meta.concrete_fields
        if not field.name.startswith("pgh_")
        and field.name not in SILENT
        and getattr(before, field.attname) != getattr(after, field.attname)
    ]
