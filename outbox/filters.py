"""What the list of letters may be narrowed to. All of it lives in the address."""

import django_filters as filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm_portal.letters import KINDS
from crm_portal.widgets import DateInput
from outbox.models import Letter


def kinds():
    return [(f"{purpose}/{kind}", declared.title) for (purpose, kind), declared in KINDS.items()]


class LetterFilter(filters.FilterSet):
    to = filters.CharFilter(label=_("Name or address"), method="filter_to")
    state = filters.ChoiceFilter(
        label=_("State"), empty_label=_("every state"), choices=Letter.State.choices
    )
    kind = filters.ChoiceFilter(
        label=_("Letter"), empty_label=_("every letter"), choices=kinds, method="filter_kind"
    )
    since = filters.DateFilter(
        label=_("Due since"), field_name="due_at", lookup_expr="date__gte", widget=DateInput
    )
    until = filters.DateFilter(
        label=_("until"), field_name="due_at", lookup_expr="date__lte", widget=DateInput
    )

    class Meta:
        model = Letter
        fields = []

    def filter_to(self, letters, _name, words):
        return letters.filter(Q(recipient__icontains=words) | Q(recipient_name__icontains=words))

    def filter_kind(self, letters, _name, choice):
        purpose, _slash, kind = choice.partition("/")
        return letters.filter(purpose=purpose, kind=kind)
