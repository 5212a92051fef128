"""Times that people type: every instant of a year goes through a form unchanged, in any zone."""

import datetime as dt
import itertools
import re
import zoneinfo

import pytest
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.urls import get_resolver
from django.utils import timezone

from crm_portal.fields import LocalDateTimeField
from crm_portal.templatetags.portal import ago
from crm_portal.widgets import DateTimeInput
from tests.test_conventions import APPS

ZONES = [
    "America/Denver", "America/New_York", "America/Phoenix", "America/St_Johns",
    # Clocks go back by half an hour.
    "Australia/Lord_Howe",
]  # fmt: skip
CHANGES = {"America/Phoenix": 0}
YEAR = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
# Denver, the night of 7 November 2027.
FIRST = dt.datetime(2027, 11, 7, 7, 30, tzinfo=dt.UTC)
SECOND = FIRST + HOUR


class Form(forms.Form):
    when = LocalDateTimeField()


def sent(form):
    """What a browser would send of the page, as it stands there."""
    page = str(form["when"])
    values = {}
    for tag in re.findall(r"<input[^>]*>", page):
        said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if said["type"] != "radio" or " checked" in tag:
            values[said["name"]] = said.get("value", "")
    return values


def changes_of(zone):
    """The instants in the year at which the zone's clocks are changed."""
    hours = [YEAR + n * HOUR for n in range(365 * 24)]
    return [
        hour + minutes * MINUTE
        for hour, after in itertools.pairwise(hours)
        if hour.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset()
        for minutes in range(60)
        if (hour + minutes * MINUTE).astimezone(zone).utcoffset()
        != (hour + (minutes + 1) * MINUTE).astimezone(zone).utcoffset()
    ]


@pytest.mark.parametrize("name", ZONES)
def test_every_instant_of_a_year_goes_through_a_form(name):
    zone = zoneinfo.ZoneInfo(name)
    changes = changes_of(zone)
    assert len(changes) == CHANGES.get(name, 2)
    tried = {YEAR + n * HOUR / 2 for n in range(365 * 48)}
    tried |= {change + n * MINUTE for change in changes for n in range(-150, 150)}
    lost = []
    with timezone.override(zone):
        for instant in sorted(tried):
            form = Form(sent(Form(initial={"when": instant})))
            if not form.is_valid() or form.cleaned_data["when"] != instant:
                lost.append((instant, form.errors))
    assert lost == []


@pytest.mark.parametrize("which", ["", "third", "1"])
def test_a_time_that_came_twice_is_asked_about(which):
    with timezone.override("America/Denver"):
        form = Form({"when": "2027-11-07T01:30", "when_which": which})
        assert form.errors["when"] == [
            "The clocks went back that night, so it was 1:30 AM twice. Choose which one."
        ]
        assert str(form["when"]).count('type="radio"') == 2
        for chosen, instant in (("first", FIRST), ("second", SECOND)):
            answered = Form({**sent(form), "when_which": chosen})
            assert answered.is_valid()
            assert answered.cleaned_data["when"] == instant


def test_a_time_that_was_skipped_is_refused_with_a_way_out():
    with timezone.override("America/Denver"):
        form = Form({"when": "2027-03-14T02:30", "when_which": "second"})
        assert form.errors["when"] == [
            "The clocks went forward that night, so it was never 2:30 AM. "
            "Clocks showed 3:30 AM then: write that, or another time."
        ]
        assert 'type="radio"' not in str(form["when"])


def test_the_choice_means_nothing_for_any_other_time():
    with timezone.override("America/Denver"):
        form = Form({"when": "2027-11-07T03:30", "when_which": "second"})
        assert form.is_valid()
        assert form.cleaned_data["when"] == SECOND + HOUR + HOUR
        assert 'type="radio"' not in str(form["when"])


@pytest.mark.parametrize(
    "text", ["", "soon", "2027-02-30T10:00", "0001-01-01T00:00", "9999-12-31T23:59", "\0", None]
)
def test_any_text_is_shown_again(text):
    with timezone.override("Pacific/Honolulu"):
        form = Form({} if text is None else {"when": text})
        form.is_valid()
        assert 'type="radio"' not in str(form["when"])


def test_djangos_own_field_loses_the_hour():
    """The negative control."""
    with timezone.override("America/Denver"):
        text = DateTimeInput.as_sent("when", SECOND)["when"]
        with pytest.raises(ValidationError):
            forms.DateTimeField().clean(text)


def test_pages_tell_the_two_apart():
    with timezone.override("America/Denver"):
        shown = [re.search(r'title="([^"]*)"', ago(one, SECOND))[1] for one in (FIRST, SECOND)]
    assert shown == [
        "Sunday, November 7, 2027, 1:30 AM MDT", "Sunday, November 7, 2027, 1:30 AM MST"
    ]  # fmt: skip


# ---- No form without it --------------------------------------------------------------------------


def kinds_of_forms(kind=forms.BaseForm):
    for one in kind.__subclasses__():
        yield one
        yield from kinds_of_forms(one)


def loses_hours(field):
    is_time = isinstance(field, forms.DateTimeField | forms.SplitDateTimeField)
    return is_time and not isinstance(field, LocalDateTimeField)


def test_no_form_of_ours_loses_the_hour():
    assert get_resolver().url_patterns  # Every form is imported by some view.
    found = {
        f"{form.__module__}.{form.__name__}.{name}"
        for form in kinds_of_forms()
        if form.__module__.partition(".")[0] in APPS
        for name, field in getattr(form, "base_fields", {}).items()
        if loses_hours(field)
    }
    assert found == set()


@pytest.mark.django_db
def test_nothing_in_the_admin_site_changes_a_time(administrator):
    """Its own field for times, of two parts, loses the hour: no times are typed there."""
    request = RequestFactory().get("/")
    request.user = administrator
    typed = [
        f"{model.__name__}.{name}"
        for model, site in admin.site._registry.items()
        if model._meta.app_label in APPS
        and (site.has_change_permission(request) or site.has_add_permission(request))
        for name, field in site.get_form(request, model()).base_fields.items()
        if loses_hours(field)
    ]
    assert typed == []
