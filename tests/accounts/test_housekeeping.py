"""Rows that nobody needs any more go away by themselves, and no other."""

import datetime as dt
import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session

from accounts.models import AddressChange, Submission
from accounts.services import housekeeping
from crm_portal.lib import links
from crm_portal.tick import STEPS

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def test_a_tick_cleans_up():
    assert "accounts.services.housekeeping.clean_up" in STEPS


def test_sessions_that_ended_yesterday_go(client, liaison, now):
    for key, age in (("old", 2), ("new", 0.5), ("alive", -0.1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now - age * DAY)
    housekeeping.clean_up(now=now)
    assert set(Session.objects.values_list("session_key", flat=True)) == {"new", "alive"}


def test_keys_of_forms_go_after_a_season(liaison, now):
    for age in (89, 91):
        Submission.objects.create(
            user=liaison, key=uuid.uuid4(), payload_hash="", created_at=now - age * DAY
        )
    housekeeping.clean_up(now=now)
    assert Submission.objects.get().created_at == now - 89 * DAY


def test_wishes_for_another_address_go_with_their_links(liaison, cco, now):
    for user, age in ((liaison, 2), (cco, 4)):
        AddressChange.objects.create(
            user=user, new_address="x@y.example", asked_at=now - age * DAY, **links.issue("address")
        )
    housekeeping.clean_up(now=now)
    assert AddressChange.objects.get().user == liaison


def test_a_table_that_was_never_cleaned_stops_no_tick(liaison, now, monkeypatch):
    monkeypatch.setattr(housekeeping, "MOST_AT_ONCE", 2)
    for number in range(5):
        Session.objects.create(session_key=str(number), session_data="", expire_date=now - 2 * DAY)
    left = []
    for _ in range(3):
        housekeeping.clean_up(now=now)
        left.append(Session.objects.count())
    assert left == [3, 1, 0]


def test_with_nothing_to_do_it_asks_four_questions(now, django_assert_num_queries):
    with django_assert_num_queries(4):
        housekeeping.clean_up(now=now)


def test_second_factors_take_the_newest_key(liaison, now):
    row = Authenticator.objects.create(user=liaison, type="totp", data={"secret": "x"})
    housekeeping.clean_up(now=now)
    row.refresh_from_db()
    assert row.data["secret"].startswith("enc:1:")
