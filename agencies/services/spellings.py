"""Merges of the import, taken apart again and put back."""

from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.history import service
from agencies.imports.normalising import normal
from agencies.models import Agency, AgencyDomain, AgencySpelling
from agencies.services.rules import explained
from crm_portal.lib import locks
from crm_portal.lib.locks import Rule
from crm_portal.lib.refusals import Refusal
from crm_portal.lib.versions import save_if_unchanged


@service
def split_spelling(*, spelling, name="", by):
    """Make a spelling an agency of its own again, with the domains that came with it.

    Further spellings of what was joined by the same decision go along (`companions`). The new
    agency gets the facts that their rows said; those that they replaced come back, unless somebody
    changed them since. Refuses the spelling that the agency was made for, and a name that the state
    already has.
    """
    spelling = _held(spelling)
    if spelling.is_first:
        raise Refusal(_("This spelling is its own already; take another one apart."))
    before = Agency.objects.select_for_update(no_key=True).get(pk=spelling.agency_id)
    together = [spelling, *companions(spelling)]
    facts = {"city": before.city, "cabinet": before.cabinet}
    for row in reversed(together):
        facts |= row.facts
    with explained():
        agency = Agency.objects.create(
            state=spelling.state,
            name=name or free_name(spelling),
            tier=before.tier,
            governance=before.governance,
            branch=before.branch,
            **facts,
        )
    for row in together:
        _move(row, agency, split_from=before, is_first=row is spelling)
    _exchange(before, [(fact, new, old) for fact, old, new in _replaced_by(together)])
    return agency


def companions(spelling):
    """The further spellings that a split of this one takes along."""
    if not spelling.group:
        return []
    rows = AgencySpelling.objects.filter(agency=spelling.agency_id, group=spelling.group)
    return list(rows.filter(is_first=False).exclude(pk=spelling.pk))


@service
def undo_split(*, spelling, by):
    """Give the spelling, its companions and their domains back, and the facts that the merge set;
    the agency that the split made goes away.

    Refuses when something else is on record there by now.
    """
    spelling = _held(spelling)
    if spelling.split_from is None:
        raise Refusal(_("This spelling was not taken apart from another."))
    # Nobody refers to it from now on; who has done so is found below.
    made = Agency.objects.select_for_update().get(pk=spelling.agency_id)
    before = Agency.objects.select_for_update(no_key=True).get(pk=spelling.split_from_id)
    together = list(made.spellings.filter(split_from=before))
    for row in together:
        _move(row, before, split_from=None, is_first=False)
    if made.spellings.exists() or made.domains.exists():
        raise Refusal(_still_used(made))
    try:
        made.delete()
    except ProtectedError as error:
        raise Refusal(_still_used(made)) from error
    _exchange(before, _replaced_by(together))
    return before


@service
def give_back_domain(*, domain, by):
    """Give a domain that an import moved back to the agency that had it."""
    locks.hold(Rule.SPELLINGS)
    domain = AgencyDomain.objects.select_for_update().get(pk=domain.pk)
    if domain.moved_from is None:
        raise Refusal(_("This domain was not moved from another."))
    domain.agency, domain.spelling = domain.moved_from, None
    domain.moved_from = domain.moved_by = None
    domain.save(update_fields=["agency", "spelling", "moved_from", "moved_by"])
    return domain


def _held(spelling):
    """As it stands now. One decision about spellings at a time: each takes others along, and an
    import compares with all of them."""
    locks.hold(Rule.SPELLINGS)
    return AgencySpelling.objects.select_for_update().get(pk=spelling.pk)


def _replaced_by(spellings):
    return [
        (fact, before, after)
        for spelling in spellings
        for fact, (before, after) in spelling.replaced.items()
    ]


def _exchange(agency, exchanges):
    """Put the new value in the place of the old one where it still is the old one."""
    changes = {fact: new for fact, old, new in exchanges if getattr(agency, fact) == old}
    for fact, value in changes.items():
        setattr(agency, fact, value)
    if changes:
        save_if_unchanged(agency, seen_version=agency.version, fields=list(changes))


def free_name(spelling):
    """What a split would call the agency: as tidied, or as written where that is taken."""
    tidy = normal(spelling.spelling, spelling.state).shown
    taken = Agency.objects.filter(state=spelling.state, name__iexact=tidy).exists()
    return spelling.spelling if taken else tidy


def _move(spelling, agency, *, split_from, is_first):
    spelling.agency, spelling.split_from, spelling.is_first = agency, split_from, is_first
    spelling.save(update_fields=["agency", "split_from", "is_first"])
    spelling.domains.update(agency=agency)


def _still_used(agency):
    return _(
        "“%(name)s” has meetings, people or other rows by now. Move them first, or close it."
    ) % {"name": agency}
