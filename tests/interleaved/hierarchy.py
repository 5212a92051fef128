"""Four agencies, who becomes a part of whom, and whether any has come to stand above itself."""

from functools import partial

from django.db import IntegrityError, connection
from django.test import Client

from agencies.models import Agency
from agencies.services import registry
from agencies.services.rules import broken_rule, sentence
from crm_portal.lib.refusals import Refusal
from tests import factories
from tests.agencies.admin_forms import admin_form

EDITS = ["edit_on_the_page", "edit_in_the_admin", "edit_in_sql"]


class Hierarchy:
    """Fresh agencies for each schedule; one or two are parts of others already."""

    def __init__(self, by, administrator, random):
        self.by, self.random = by, random
        self.client = Client()
        self.client.force_login(administrator)
        self.agencies = [factories.AgencyFactory() for _number in range(4)]
        for part in random.sample(range(1, 4), random.randint(0, 2)):
            Agency.objects.filter(pk=self.agencies[part].pk).update(parent=self.agencies[part - 1])

    # ---- What may happen at once --------------------------------------------------------------

    def edit_on_the_page(self):
        part, whole = self._two()
        return partial(
            registry.change_agency, agency=part, changes={"parent": whole, "city": "Denver"},
            seen_version=part.version, by=self.by,
        )  # fmt: skip

    def edit_in_the_admin(self):
        part, whole = self._two()
        form = admin_form(part, parent=whole.pk, seen_version=part.version)
        return partial(self._save, f"/admin/agencies/agency/{part.pk}/change/", form)

    def edit_in_sql(self):
        return partial(self._write, *self._two())

    def _two(self):
        """As two pages have read them."""
        pks = [agency.pk for agency in self.random.sample(self.agencies, 2)]
        rows = Agency.objects.in_bulk(pks)
        return [rows[pk] for pk in pks]

    def _save(self, address, form):
        answer = self.client.post(address, form)
        if answer.status_code == 200:
            raise Refusal(answer.context["errors"])
        assert answer.status_code == 302

    def _write(self, part, whole):
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE agencies_agency SET parent_id = %s WHERE id = %s", [whole.pk, part.pk]
                )
        except IntegrityError as error:
            raise Refusal(sentence(broken_rule(error))) from error

    # ---- What must hold afterwards ------------------------------------------------------------

    def differences(self):
        above = dict(Agency.objects.values_list("pk", "parent"))
        return [
            f"{agency} is a part of itself" for agency in self.agencies if circles(agency, above)
        ]


def circles(agency, above):
    at = above[agency.pk]
    for _step in above:
        if at == agency.pk:
            return True
        at = above.get(at)
    return False
