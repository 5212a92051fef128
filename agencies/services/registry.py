"""Agencies and their people."""

from django.utils.translation import gettext as _

from accounts.history import service
from agencies.models import Agency, Person
from agencies.services.rules import explained
from crm_portal.lib.refusals import Refusal
from crm_portal.lib.versions import save_if_unchanged


@service
def add_agency(*, by, **fields):
    """A new agency. Refuses a name that its state already has."""
    with explained():
        return Agency.objects.create(**fields)


@service
def change_agency(*, agency, changes, seen_version, by):
    """Correct an agency's facts. Raises StaleRecord when somebody was first."""
    if "parent" in changes:
        check_parent(agency, changes["parent"])
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


def check_parent(agency, parent):
    """Refuse that an agency becomes a part of its own parts, however deep."""
    seen = set()
    while parent is not None and parent.pk not in seen:
        if parent.pk == agency.pk:
            raise Refusal(
                _("“%(name)s” is itself a part of this one. Choose another, or leave it empty.")
                % {"name": Agency.objects.get(pk=agency.pk)}
            )
        seen.add(parent.pk)
        parent = parent.parent
