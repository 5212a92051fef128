"""Somebody's session ends while they write: they are told, and their text is not lost."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import User

PROFILE = reverse("accounts:profile")
PASSWORD = "correct horse battery"


def test_what_is_sent_without_a_sign_in_is_answered_with_what_to_do(client, db):
    answer = client.post(PROFILE, {"name": "Dana"})
    assert answer.status_code == 401
    assert "You were signed out" in answer.content.decode()
    assert "Sign in in another tab" in answer.content.decode()


def test_a_part_of_a_page_is_told_in_its_place(client, db):
    page = "http://testserver/actions/?mine=1"
    headers = {"HX-Request": "true", "HX-Current-URL": page}
    answer = client.get(reverse("agencies:meeting_picker"), headers=headers)
    assert answer.status_code == 401
    content = answer.content.decode()
    assert "<html" not in content
    assert f'href="{reverse("account_login")}?next=/actions/%3Fmine%3D1"' in content


@pytest.fixture
def strict_client(liaison):
    client = Client(enforce_csrf_checks=True)
    client.force_login(liaison)
    return client


@pytest.mark.parametrize(
    ("origin", "is_kept"), [("http://testserver", True), ("https://evil.example", False)]
)
def test_a_stale_form_of_ours_can_be_sent_again_and_one_of_others_cannot(
    strict_client, origin, is_kept
):
    written = {"name": "D", "phone": "<555>"}
    answer = strict_client.post(PROFILE, written, headers={"Origin": origin})
    assert answer.status_code == 403
    shown = '<input type="hidden" name="phone" value="&lt;555&gt;">'
    assert (shown in answer.content.decode()) is is_kept


def test_a_password_is_never_shown_again(strict_client):
    address = reverse("account_change_password")
    headers = {"Origin": "http://testserver"}
    answer = strict_client.post(address, {"oldpassword": PASSWORD}, headers=headers)
    assert answer.status_code == 403
    assert PASSWORD not in answer.content.decode()


def sign_in(page, user):
    page.goto(reverse("account_login"))
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")


def sent_after_the_end(page_as, user, telephone):
    """The page that says so, and the other tab, in which the user has signed in again."""
    user.set_password(PASSWORD)
    user.save()
    page = page_as(user, PROFILE)
    page.get_by_label("Telephone").fill(telephone)
    Session.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You were signed out")
    with page.expect_popup() as tab:
        page.get_by_role("link", name="Sign in in another tab").click()
    sign_in(tab.value, user)
    return page, tab.value


@pytest.mark.django_db(transaction=True)
def test_what_was_sent_can_be_sent_again_from_the_page_that_says_so(page_as, liaison):
    """No browser keeps the form: pages of somebody signed in are not stored."""
    page, _tab = sent_after_the_end(page_as, liaison, "555 0303")
    page.get_by_role("button", name="Send it again").click()
    # The token in it is that of the session before.
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_text("Your profile has been saved.")).to_be_visible()
    assert User.objects.get(pk=liaison.pk).phone == "555 0303"


def test_what_another_site_has_sent_is_not_shown(client, db):
    for origin, is_kept in (("http://testserver", True), ("https://evil.example", False)):
        answer = client.post(PROFILE, {"phone": "<555>"}, headers={"Origin": origin})
        assert ("&lt;555&gt;" in answer.content.decode()) is is_kept


@pytest.mark.django_db(transaction=True)
def test_text_survives_the_end_of_a_session(page_as, liaison):
    page, tab = sent_after_the_end(page_as, liaison, "555 0101")
    page.go_back()
    expect(page.get_by_label("Telephone")).to_have_value("555 0101")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your profile has been saved.")).to_be_visible()

    # This time the form stays open, and its token is one of the last session.
    page.get_by_label("Telephone").fill("555 0202")
    Session.objects.all().delete()
    sign_in(tab, liaison)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_text("Your profile has been saved.")).to_be_visible()
    assert User.objects.get(pk=liaison.pk).phone == "555 0202"
