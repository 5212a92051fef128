"""Filters of lists; their state lives in the address."""

import datetime as dt

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import office
from accounts.models import User
from accounts.vocabulary import term
from agencies.models import Agency
from crm_portal.widgets import DateInput
from feedback.models import Action, Concern, Rung
from feedback.queries import lists
from surveys.models import Wave


class ConcernFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=Concern.State.choices, empty_label=_("every state")
    )
    source = django_filters.ChoiceFilter(
        label=_("Source"), choices=Concern.Source.choices, empty_label=_("every source")
    )
    agency = django_filters.ModelChoiceFilter(
        label=term("Agency"),
        queryset=lambda request: lists.agencies(request.user),
        empty_label=_("all"),
    )
    wave = django_filters.ModelChoiceFilter(
        label=_("Survey wave"),
        field_name="answer__response__wave",
        queryset=Wave.objects.exclude(state=Wave.State.DRAFT),
        empty_label=_("all"),
    )
    outcome = django_filters.ChoiceFilter(
        label=_("Outcome"),
        method="of_outcome",
        choices=lists.OUTCOMES,
        empty_label=_("every outcome"),
    )
    since = django_filters.DateFilter(
        label=_("Raised since"), method="of_days_since", widget=DateInput
    )
    mine = django_filters.ChoiceFilter(
        label=_("Whose"),
        method="of_mine",
        choices=[("yes", _("those that wait for me"))],
        empty_label=_("everybody's"),
    )

    class Meta:
        model = Concern
        fields: list[str] = []

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def of_days_since(self, rows, name, value):
        start = dt.datetime.combine(value, dt.time(), tzinfo=office.zone())
        return rows.filter(raised_at__gte=start)

    def of_mine(self, rows, name, value):
        return lists.mine(rows, self.request.user, self.today)

    def of_outcome(self, rows, name, value):
        return lists.of_outcome(rows, value, self.today)


class ActionFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=Action.State.choices, empty_label=None
    )
    # The tab stays what it was when a filter is chosen or cleared.
    whose = django_filters.ChoiceFilter(
        choices=lists.WHOSE, method="of_whose", widget=forms.HiddenInput
    )
    due = django_filters.ChoiceFilter(
        label=_("Due"), choices=lists.GROUPS, method="of_group", empty_label=_("whenever")
    )
    rung = django_filters.ChoiceFilter(
        label=_("Told so far"),
        choices=[(0, _("nobody")), *Rung.Level.choices],
        empty_label=_("anybody or nobody"),
    )
    agency = django_filters.ModelChoiceFilter(
        label=term("Agency"),
        queryset=lambda request: Agency.objects.visible_to(request.user).order_by("name"),
        empty_label=_("all"),
    )
    owner = django_filters.ModelChoiceFilter(
        label=_("Owner"), queryset=User.objects.owners(), empty_label=_("everybody")
    )

    class Meta:
        model = Action
        fields: list[str] = []

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def of_whose(self, rows, name, value):
        # Chosen last, by the view: the other tabs are counted too.
        return rows

    def of_group(self, rows, name, value):
        return lists.with_group(rows, self.today).filter(group=value)
