"""Merges of the import, taken apart again and put back."""

from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.history import service
from agencies.imports.normalising import normal
from agencies.models import Agency, AgencySpelling
from agencies.services.rules import explained
from crm_portal.lib.refusals import Refusal


@service
def split_spelling(*, spelling, name="", by):
    """Make a spelling an agency of its own again, with the domains that came with it.

    Refuses the spelling that the agency was made for, and a name that the state already has.
    """
    spelling = AgencySpelling.objects.select_for_update().get(pk=spelling.pk)
    before = spelling.agency
    if spelling.is_first:
        raise Refusal(_("This spelling is its own already; take another one apart."))
    with explained():
        agency = Agency.objects.create(
            state=spelling.state,
            name=name or free_name(spelling),
            city=before.city,
            tier=before.tier,
            governance=before.governance,
            branch=before.branch,
            cabinet=before.cabinet,
        )
    _move(spelling, agency, split_from=before)
    return agency


@service
def undo_split(*, spelling, by):
    """Give the spelling and its domains back; the agency that the split made goes away.

    Refuses when something else is on record there by now.
    """
    spelling = AgencySpelling.objects.select_for_update().get(pk=spelling.pk)
    if spelling.split_from is None:
        raise Refusal(_("This spelling was not taken apart from another."))
    made = spelling.agency
    _move(spelling, spelling.split_from, split_from=None)
    if made.spellings.exists() or made.domains.exists():
        raise Refusal(_still_used(made))
    try:
        made.delete()
    except ProtectedError as error:
        raise Refusal(_still_used(made)) from error
    return spelling.agency


def free_name(spelling):
    """What a split would call the agency: as tidied, or as written where that is taken."""
    tidy = normal(spelling.spelling, spelling.state).shown
    taken = Agency.objects.filter(state=spelling.state, name__iexact=tidy).exists()
    return spelling.spelling if taken else tidy


def _move(spelling, agency, *, split_from):
    spelling.agency, spelling.split_from = agency, split_from
    spelling.is_first = split_from is not None
    spelling.save(update_fields=["agency", "split_from", "is_first"])
    spelling.domains.update(agency=agency)


def _still_used(agency):
    return _(
        "“%(name)s” has meetings, people or other rows by now. Move them first, or close it."
    ) % {"name": agency}
