"""A statement that is worded once says the same as its queryset, for whatever it is called with."""

import datetime as dt

import pytest
from django.db.models import Count, Q
from django.db.models.functions import JSONObject

from agencies.models import Agency, Meeting
from crm_portal.lib.worded import worded_once
from tests import factories as make
from tests.factories import NOW, TODAY


@pytest.fixture
def agencies(db):
    rows = [make.AgencyFactory(tier=1 + n % 3) for n in range(5)]
    for number, agency in enumerate(rows):
        make.MeetingFactory(at=[agency], held_at=NOW - dt.timedelta(days=number))
    return rows


def newest(*, agencies, since):
    return (
        Meeting.objects.filter(agencies__in=agencies, held_at__gte=since)
        .order_by("held_at")
        .values_list("pk", "held_at", JSONObject(mode="mode", at="held_at"))
    )


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("days", [1, 9])
def test_rows_are_those_of_the_queryset(agencies, count, days):
    wanted = [agency.pk for agency in agencies[:count]]
    since = NOW - dt.timedelta(days=days)
    found = worded_once(newest)(agencies=wanted, since=since)
    assert found == list(newest(agencies=wanted, since=since))


def test_models_come_with_what_was_joined_and_annotated(agencies, django_assert_num_queries):
    child = make.AgencyFactory(name="Child", parent=agencies[0])

    @worded_once
    def named(*, name):
        rows = Agency.objects.filter(name=name).select_related("parent")
        return rows.annotate(count=Count("children"))

    (found,) = named(name="Child")
    with django_assert_num_queries(0):
        assert (found, found.parent, found.count) == (child, agencies[0], 0)
    (found,) = named(name=agencies[0].name)
    assert (found.parent, found.count) == (None, 1)
    found.name = "Renamed"
    found.save(update_fields=["name"])
    assert Agency.objects.get(pk=found.pk).name == "Renamed"


def test_a_call_words_nothing_a_second_time(agencies):
    worded = []

    @worded_once
    def of_tier(tier, *, agency):
        worded.append(tier)
        return Agency.objects.filter(Q(pk=agency) | Q(parent=agency), tier=tier).values_list("pk")

    first, second, *_others = agencies
    assert of_tier(1, agency=first.pk) == [(first.pk,)]
    assert of_tier(1, agency=second.pk) == []
    assert of_tier(2, agency=second.pk) == [(second.pk,)]
    assert worded == [1, 2]


def test_a_union_is_worded_too(agencies):
    @worded_once
    def both(*, today, agency):
        open_ones = Agency.objects.filter(Q(closed_on=None) | Q(closed_on__gt=today))
        one = Agency.objects.filter(pk=agency)
        return open_ones.order_by().values_list("pk").union(one.order_by().values_list("pk"))

    assert sorted(both(today=TODAY, agency=agencies[0].pk)) == [(one.pk,) for one in agencies]


def test_what_cannot_be_found_is_not_asked(django_assert_num_queries, db):
    nobody = worded_once(lambda: Agency.objects.none().values_list("pk"))
    with django_assert_num_queries(0):
        assert nobody() == []


def test_a_stand_in_that_is_changed_is_refused(db):
    @worded_once
    def older(*, since):
        before = since - dt.timedelta(days=1)
        return Meeting.objects.filter(held_at__lt=before).values_list(Count("pk"))

    with pytest.raises(ValueError, match="since"):
        older(since=NOW)
