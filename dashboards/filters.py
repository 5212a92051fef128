"""What lists may be narrowed to. All of it lives in the address."""

import django_filters as filters
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.readers import Reader
from agencies.models import Agency, Assignment
from crm_portal.lib.worded import worded_once
from dashboards.queries import roster, search

STATES = [
    ("at_risk", _("At risk")),
    ("watch", _("Watch")),
    ("unknown", _("Unknown")),
    ("good", _("Good")),
]
SORTS = [
    ("call", _("whom to call first")),
    ("contact", _("longest without contact")),
    ("score", _("lowest score")),
    ("late", _("most late actions")),
    ("tier", _("tier")),
]
ORDERS = {
    "tier": ("tier", "name"),
    "contact": (F("last_contact_at").asc(nulls_first=True), "name"),
}


@worded_once
def assigned_liaisons(reader):
    """[(pk, name)] of those who look after somebody that the reader sees."""
    assigned = Assignment.objects.visible_to(reader.user).primary().filter(until=None)
    return User.objects.filter(pk__in=assigned.values("user")).values_list("pk", "name")


class AgencyFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Search"), method="search", max_length=200)
    state = filters.ChoiceFilter(
        label=_("State"), empty_label=_("any"), choices=STATES, method="later"
    )
    gap = filters.ChoiceFilter(
        label=_("Gap"), empty_label=_("any"), choices=[*roster.GAP_TITLES.items()], method="later"
    )
    tier = filters.ChoiceFilter(
        label=_("Tier"), empty_label=_("any"), choices=Agency._meta.get_field("tier").choices
    )
    governance = filters.ChoiceFilter(
        label=_("Governance"), empty_label=_("any"), choices=Agency.Governance
    )
    liaison = filters.ChoiceFilter(
        label=_("Liaison"), empty_label=_("any"), method="looked_after_by"
    )
    sort = filters.ChoiceFilter(
        label=_("Sort by"), empty_label=_("name"), choices=SORTS, method="in_order"
    )

    class Meta:
        model = Agency
        fields = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["liaison"].extra["choices"] = assigned_liaisons(Reader.of(self.request.user))

    def search(self, agencies, name, text):
        """By name, acronym, other spellings or domain; near misses too, the nearest first."""
        return search.named(agencies, text)

    def looked_after_by(self, agencies, name, user_pk):
        return agencies.filter(now_primary__user=user_pk)

    def in_order(self, agencies, name, value):
        return agencies.order_by(*ORDERS[value]) if value in ORDERS else agencies

    def later(self, agencies, name, value):
        """Follows from the facts: queries/roster.py."""
        return agencies
