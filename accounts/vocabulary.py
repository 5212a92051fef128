"""The one word that an office chooses for those it serves, in every form that a sentence needs."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import lazystr
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _


class Vocabulary(models.TextChoices):
    AGENCY = "agency", _("agency")
    CUSTOMER = "customer", _("customer")
    PARTNER = "partner", _("partner")
    STRATEGIC_PARTNER = "strategic_partner", _("strategic partner")


@dataclass(frozen=True)
class Words:
    """`agency`, `agencies`, `an_agency` and the same with a capital letter."""

    agency: str
    agencies: str
    an_agency: str

    @property
    def Agency(self):  # noqa: N802 - the capital letter is the meaning
        return capfirst(self.agency)

    @property
    def Agencies(self):  # noqa: N802
        return capfirst(self.agencies)

    @property
    def An_agency(self):  # noqa: N802
        return capfirst(self.an_agency)


_WORDS = {
    Vocabulary.AGENCY: (_("agency"), _("agencies"), _("an agency")),
    Vocabulary.CUSTOMER: (_("customer"), _("customers"), _("a customer")),
    Vocabulary.PARTNER: (_("partner"), _("partners"), _("a partner")),
    Vocabulary.STRATEGIC_PARTNER: (
        _("strategic partner"),
        _("strategic partners"),
        _("a strategic partner"),
    ),
}


def words_of(vocabulary):
    """The words of one vocabulary, in the active language."""
    return Words(*(str(form) for form in _WORDS[vocabulary]))


def words():
    """The words of the office's vocabulary, now."""
    from accounts import office  # the office's model needs this module for its choices

    return words_of(office.chosen_vocabulary())


class _Term:
    def __init__(self, form):
        self.form = form

    def __str__(self):
        return getattr(words(), self.form)


def term(form):
    """One form of the word, looked up each time it is shown: for labels and names of models."""
    return lazystr(_Term(form))
