"""What lists may be narrowed to. All of it lives in the address."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from accounts.vocabulary import term
from agencies.models import Agency, Meeting
from crm_portal.widgets import DateInput


def visible_agencies(request):
    return Agency.objects.visible_to(request.user)


class MeetingFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("In the note"), field_name="note", lookup_expr="icontains")
    agency = filters.ModelChoiceFilter(
        label=term("Agency"), empty_label=_("any"), queryset=visible_agencies, field_name="agencies"
    )
    mode = filters.ChoiceFilter(label=_("How"), empty_label=_("any"), choices=Meeting.Mode)
    since = filters.DateFilter(
        label=_("Since"), field_name="held_at", lookup_expr="date__gte", widget=DateInput
    )

    class Meta:
        model = Meeting
        fields = []
