"""A session's row is no use to whom it is stolen by."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from accounts.sessions import stored

pytestmark = pytest.mark.django_db


def test_the_row_does_not_hold_what_the_cookie_holds(client, liaison):
    client.force_login(liaison)
    key = client.session.session_key
    row = Session.objects.get()
    assert row.session_key == stored(key) != key
    assert client.get("/profile/").status_code == 200
    client.cookies["session"] = row.session_key
    assert client.get("/profile/").status_code == 302


def test_leaving_removes_the_row(client, liaison):
    client.force_login(liaison)
    client.logout()
    assert not Session.objects.exists()


def test_a_session_that_has_ended_signs_nobody_in(client, liaison, now):
    client.force_login(liaison)
    Session.objects.update(expire_date=now.replace(year=2020))
    assert client.get("/profile/").status_code == 302


def test_giving_the_password_again_changes_the_key(client, liaison):
    liaison.set_password("correct horse battery")
    liaison.save()
    client.force_login(liaison)
    before = client.session.session_key
    client.post(reverse("account_reauthenticate"), {"password": "wrong"})
    assert client.session.session_key == before
    client.post(reverse("account_reauthenticate"), {"password": "correct horse battery"})
    assert client.session.session_key != before
    client.cookies["session"] = before
    assert client.get("/profile/").status_code == 302


def test_closing_an_account_ends_what_it_has_open(client, liaison):
    client.force_login(liaison)
    assert client.get("/profile/").status_code == 200
    type(liaison).objects.filter(pk=liaison.pk).update(is_active=False)
    assert client.get("/profile/").status_code == 302
