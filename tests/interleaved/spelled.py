"""One agency under four names, of which two were joined by one decision; who takes them apart."""

from functools import partial

from agencies.models import Agency, AgencySpelling
from agencies.services import spellings
from tests import factories

OPERATIONS = ["split", "undo_split"]


class Spelled:
    """An agency of its own for each schedule."""

    def __init__(self, by, random):
        self.by, self.random = by, random
        self.agency = factories.AgencyFactory()
        self.spellings = [
            AgencySpelling.objects.create(
                agency=self.agency, state="CO", spelling=f"{self.agency} {number}",
                reason="As written.", group="together" if number in (1, 2) else "",
                is_first=number == 0,
            )
            for number in range(4)
        ]  # fmt: skip
        if random.random() < 0.5:
            self.split()()

    # ---- What may happen at once --------------------------------------------------------------

    def split(self):
        spelling = self._one()
        return partial(spellings.split_spelling, spelling=spelling, by=self.by)

    def undo_split(self):
        return partial(spellings.undo_split, spelling=self._one(), by=self.by)

    def _one(self):
        """As a page has read it."""
        return AgencySpelling.objects.get(pk=self.random.choice(self.spellings[1:]).pk)

    # ---- What must hold afterwards ------------------------------------------------------------

    def differences(self):
        rows = AgencySpelling.objects.filter(pk__in=[row.pk for row in self.spellings])
        agencies = Agency.objects.filter(pk__in=rows.values("agency"))
        firsts = [row.agency_id for row in rows if row.is_first]
        if sorted(firsts) != sorted(agency.pk for agency in agencies):
            return ["Not each agency has one spelling that it was made for."]
        return []
