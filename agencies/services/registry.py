"""Agencies and their people."""

from accounts.history import service
from agencies.models import Agency, Person
from agencies.services.rules import explained
from crm_portal.lib.versions import save_if_unchanged


@service
def add_agency(*, by, **fields):
    """A new agency. Refuses a name that its state already has."""
    with explained():
        return Agency.objects.create(**fields)


@service
def change_agency(*, agency, changes, seen_version, by):
    """Correct an agency's facts. Raises StaleRecord when somebody was first; refuses a name that is
    taken, and a parent that is a part of the agency."""
    return _change(agency, changes, seen_version)


@service
def add_person(*, by, **fields):
    """A new person. Refuses an e-mail address that somebody current there already has."""
    with explained():
        return Person.objects.create(**fields)


@service
def change_person(*, person, changes, seen_version, by):
    """Correct what is known of a person. Raises StaleRecord when somebody was first."""
    return _change(person, changes, seen_version)


@service
def mark_left(*, person, on, by):
    """The person has left; surveys and lists leave them out from now on. Harmless when repeated."""
    if person.left_on is not None:
        return person
    return _change(person, {"left_on": on}, person.version)


def _change(row, changes, seen_version):
    for name, value in changes.items():
        setattr(row, name, value)
    with explained():
        save_if_unchanged(row, seen_version=seen_version, fields=list(changes))
    return row
