"""The address that somebody signs in with: nobody claims another's, and no change goes unsaid."""

import importlib
import re

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import AddressChange, User
from accounts.services import addresses
from crm_portal.lib.refusals import Refusal
from outbox.services.sending import send_due
from tests.doors.test_axe import AXE, LOOKS, look

PASSWORD = "correct horse battery"
ADDRESS, CONFIRM = reverse("accounts:address"), reverse("accounts:address_confirm")
NEW = "dana.ortiz@oit.example"


@pytest.fixture(autouse=True)
def base_url(settings):
    settings.BASE_URL = "http://testserver"


@pytest.fixture
def dana(liaison):
    liaison.set_password(PASSWORD)
    liaison.save()
    return liaison


@pytest.fixture
def signed_in(client, dana):
    assert can_sign_in(client, dana.email)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def can_sign_in(client, email):
    client.post(reverse("account_login"), {"login": email, "password": PASSWORD})
    return "_auth_user_id" in client.session


def is_signed_in(client):
    return client.get(reverse("accounts:profile")).status_code == 200


def letters_to(smtp_sink, email):
    send_due(now=timezone.now())
    return [
        (letter["Subject"], letter.get_body(["plain"]).get_content())
        for letter in smtp_sink.messages(to=email)
    ]


def link_in(text):
    [link] = re.findall(r"http://testserver(/a/\S+)", text)
    return link


def test_a_confirmed_address_is_the_one_that_signs_in(signed_in, dana, smtp_sink):
    other_device = Client()
    assert can_sign_in(other_device, dana.email)
    assert signed_in.post(ADDRESS, {"new_address": NEW.upper()}).status_code == 302
    assert f"A letter is on its way to <strong>{NEW}" in signed_in.get(ADDRESS).content.decode()
    [(subject, text)] = letters_to(smtp_sink, NEW)
    assert subject == "Confirm your new sign-in address"
    # Nothing has changed yet, whoever opens the link.
    page = signed_in.get(link_in(text), follow=True)
    assert page.redirect_chain == [(CONFIRM, 302)]
    assert User.objects.get(pk=dana.pk).email == "dana@oit.example"
    answer = signed_in.post(CONFIRM, follow=True)
    assert f"You sign in with {NEW} from now on." in answer.content.decode()
    assert is_signed_in(signed_in)
    assert not is_signed_in(other_device)
    assert not can_sign_in(Client(), "dana@oit.example")
    assert can_sign_in(Client(), NEW)
    [(subject, text)] = letters_to(smtp_sink, "dana@oit.example")
    assert subject == "You sign in with another address now"
    assert NEW in text
    # The link is used up.
    assert signed_in.post(CONFIRM).status_code == 404


def test_nobody_claims_a_colleagues_address(signed_in, dana, cco, smtp_sink):
    """Its owner is told, gets nothing to click on, and the asker learns nothing."""
    free = signed_in.post(ADDRESS, {"new_address": NEW}, follow=True).content.decode()
    taken = signed_in.post(ADDRESS, {"new_address": cco.email}, follow=True).content.decode()
    assert shape(taken, cco.email) == shape(free, NEW)
    [(subject, text)] = letters_to(smtp_sink, cco.email)
    assert subject == "Somebody asked to sign in with your address"
    assert "Dana Ortiz asked" in text
    assert "/a/" not in text
    with pytest.raises(Refusal, match="Somebody else signs in with this address"):
        addresses.confirm_address(change=AddressChange.objects.get(), by=dana, now=timezone.now())
    assert User.objects.get(pk=dana.pk).email == "dana@oit.example"


def shape(page, email):
    return re.sub(r"\w{64}", "", page).replace(email, "…")


def test_an_address_that_was_taken_meanwhile_stays_its_owners(signed_in, dana, cco, smtp_sink):
    signed_in.post(ADDRESS, {"new_address": NEW})
    [(_subject, text)] = letters_to(smtp_sink, NEW)
    User.objects.filter(pk=cco.pk).update(email=NEW)
    signed_in.get(link_in(text))
    answer = signed_in.post(CONFIRM, follow=True)
    assert "Somebody else signs in with this address by now." in answer.content.decode()
    dana.refresh_from_db()
    assert dana.email == "dana@oit.example"


def test_a_link_works_for_nobody_else(signed_in, cco, smtp_sink):
    signed_in.post(ADDRESS, {"new_address": NEW})
    [(_subject, text)] = letters_to(smtp_sink, NEW)
    other = Client()
    other.get(link_in(text))
    assert other.get(CONFIRM).url.startswith(reverse("account_login"))
    other.force_login(cco)
    for answer in (other.get(CONFIRM), other.post(CONFIRM)):
        assert answer.status_code == 404
    cco.refresh_from_db()
    assert cco.email == "cco@oit.example"


def test_a_newer_wish_replaces_the_older(signed_in, smtp_sink):
    signed_in.post(ADDRESS, {"new_address": NEW})
    [(_subject, old)] = letters_to(smtp_sink, NEW)
    signed_in.post(ADDRESS, {"new_address": "d@oit.example"})
    assert signed_in.get(link_in(old)).status_code == 404
    [(_subject, text)] = letters_to(smtp_sink, "d@oit.example")
    assert signed_in.get(link_in(text)).status_code == 302


def test_a_link_is_good_for_three_days(signed_in, dana, smtp_sink):
    signed_in.post(ADDRESS, {"new_address": NEW})
    [(_subject, text)] = letters_to(smtp_sink, NEW)
    AddressChange.objects.update(asked_at=timezone.now() - addresses.LINK_LIFE * 1.01)
    signed_in.get(link_in(text))
    answer = signed_in.post(CONFIRM, follow=True)
    assert "This link is too old." in answer.content.decode()
    dana.refresh_from_db()
    assert dana.email == "dana@oit.example"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("dana@oit.example", "This is the address that you sign in with already."),
        ("nothing", "Enter a valid email address."),
    ],
)
def test_what_cannot_be_meant_is_said(signed_in, asked, sentence):
    answer = signed_in.post(ADDRESS, {"new_address": asked})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not AddressChange.objects.exists()


def test_nobody_lets_the_portal_write_to_everybody(signed_in):
    statuses = [
        signed_in.post(ADDRESS, {"new_address": f"x{number}@else.example"}).status_code
        for number in range(7)
    ]
    assert statuses == [302] * 5 + [422] * 2


def test_who_came_by_an_open_browser_gives_the_password_first(client, dana):
    client.force_login(dana)
    answer = client.post(ADDRESS, {"new_address": NEW})
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not AddressChange.objects.exists()


def test_the_database_lets_no_other_address_sign_in(dana, cco):
    """Whatever code writes the rows in which allauth looks, too."""
    for email in (cco.email, "outside@else.example", "DANA@oit.example"):
        with (
            pytest.raises(DatabaseError, match="nobody_signs_in_with_another_address"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                'INSERT INTO account_emailaddress (email, user_id, verified, "primary") '
                "VALUES (%s, %s, true, true)",
                [email, dana.pk],
            )
    EmailAddress.objects.create(user=dana, email=dana.email, verified=True, primary=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        EmailAddress.objects.update(email=cco.email)


def test_the_old_address_goes_with_the_row_it_belongs_to(dana):
    EmailAddress.objects.create(user=dana, email=dana.email, verified=True, primary=True)
    User.objects.filter(pk=dana.pk).update(email=NEW)
    assert not EmailAddress.objects.exists()


def test_addresses_claimed_before_are_taken_away(dana, cco):
    """What the migration finds in an older portal."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE account_emailaddress DISABLE TRIGGER USER")
        own = EmailAddress.objects.create(user=dana, email=dana.email, primary=True)
        EmailAddress.objects.create(user=dana, email=cco.email, verified=True)
        EmailAddress.objects.create(user=cco, email="outside@else.example")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE account_emailaddress ENABLE TRIGGER USER")
    name = "accounts.migrations.0007_sign_in_addresses_and_sessions"
    importlib.import_module(name).remove_other_addresses(apps, None)
    assert [*EmailAddress.objects.all()] == [own]


@pytest.mark.parametrize(
    "name",
    [
        "account_email", "account_confirm_email", "account_email_verification_sent",
        "account_signup", "account_set_password", "account_confirm_login_code",
    ],
)  # fmt: skip
def test_pages_that_nobody_needs_are_not_there(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("path", ["email/", "signup/", "confirm-email/x/", "password/set/"])
def test_nor_at_their_old_places(signed_in, path):
    assert signed_in.get(f"/accounts/{path}").status_code == 404


def test_who_has_no_password_chooses_one_by_a_letter(client, liaison):
    client.force_login(liaison)
    answer = client.get(reverse("account_change_password"), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("account_reset_password")


@pytest.mark.django_db(transaction=True)
def test_somebody_changes_the_address_in_a_browser(page_as, dana, smtp_sink, settings, live_server):
    settings.BASE_URL = live_server.url
    page = page_as(dana, reverse("accounts:profile"), width=360)
    page.get_by_role("link", name="E-mail address").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("New address").fill(NEW)
    page.get_by_role("button", name="Send a link to this address").click()
    expect(page.get_by_text("A letter is on its way to")).to_be_visible()
    assert faults_of(page) == []
    send_due(now=timezone.now())
    [letter] = smtp_sink.messages(to=NEW)
    [link] = re.findall(r"(http\S+/a/\S+)", letter.get_body(["plain"]).get_content())
    page.goto(link)
    assert faults_of(page) == []
    page.get_by_role("button", name="Yes, use this address").click()
    expect(page.get_by_text(f"You sign in with {NEW} from now on.")).to_be_visible()


def faults_of(page):
    """What axe finds on the open page, narrow and wide, light and dark."""
    page.evaluate(AXE.read_text())
    return [fault for width, theme in LOOKS for fault in look(page, width, theme)]
