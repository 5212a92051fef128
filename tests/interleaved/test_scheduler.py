"""The scheduler reaches every order, repeats each from its seed, and sees who waits for whom."""

from math import comb
from random import Random

from django.db import OperationalError, transaction

from agencies.models import Agency


def add_one(agency):
    """As nobody should count: read, then write."""
    count = Agency.objects.values_list("head_count", flat=True).get(pk=agency.pk)
    Agency.objects.filter(pk=agency.pk).update(head_count=count + 1)


def test_every_order_is_reached_and_repeated_from_its_seed(scheduler, agency):
    orders, sums = {}, set()
    for seed in range(60):
        Agency.objects.update(head_count=0)
        play = scheduler.play([lambda: add_one(agency)] * 2, Random(seed))
        assert play.errors == (None, None)
        orders[seed] = play.order
        sums.add(Agency.objects.get(pk=agency.pk).head_count)
    assert len(set(orders.values())) == comb(4, 2)
    assert sums == {1, 2}
    again = [scheduler.play([lambda: add_one(agency)] * 2, Random(s)).order for s in range(9)]
    assert again == [orders[seed] for seed in range(9)]


def touch(*agencies):
    with transaction.atomic():
        for agency in agencies:
            Agency.objects.filter(pk=agency.pk).update(tier=1)


def test_who_waits_for_a_lock_lets_others_go_on(scheduler, agency):
    plays = [scheduler.play([lambda: touch(agency)] * 3, Random(seed)) for seed in range(5)]
    assert max(play.waits for play in plays) == 2
    assert {error for play in plays for error in play.errors} == {None}


def test_deadlock_is_told(scheduler, agency, other_agency):
    works = [lambda: touch(agency, other_agency), lambda: touch(other_agency, agency)]
    errors = [error for seed in range(9) for error in scheduler.play(works, Random(seed)).errors]
    assert "deadlock detected" in str(next(filter(None, errors)))
    assert {type(error) for error in errors} == {type(None), OperationalError}
