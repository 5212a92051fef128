"""A passkey, from its set-up to signing in with it, in a browser with an authenticator."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from playwright.sync_api import expect

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse battery"
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def device(page_as, cco):
    """The sign-in page of a browser that can hold passkeys."""
    cco.set_password(PASSWORD)
    cco.save()
    page = page_as(None, reverse("account_login"))
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def heading(page):
    return page.get_by_role("heading", level=1)


def test_somebody_adds_a_passkey_and_signs_in_with_it(device, cco, settings):
    settings.MFA_REQUIRED_ROLES = ["cco"]
    device.get_by_label("Email").fill(cco.email)
    device.get_by_label("Password").fill(PASSWORD)
    device.get_by_role("button", name="Sign in", exact=True).click()
    # Whose role needs a second factor is led to it.
    expect(device).to_have_url(re.compile(reverse("mfa_index")))
    device.goto(reverse("mfa_add_webauthn"))
    device.get_by_label("Password").fill(PASSWORD)
    device.get_by_role("button", name="Confirm").click()
    device.get_by_label("Name").fill("My laptop")
    device.get_by_text("Passwordless", exact=True).click()
    device.get_by_role("button", name="Add").click()
    expect(device.get_by_text("recovery codes").first).to_be_visible()
    assert Authenticator.objects.filter(user=cco, type=Authenticator.Type.WEBAUTHN).count() == 1

    device.context.clear_cookies()
    device.goto(reverse("account_login"))
    device.get_by_role("button", name="Sign in with a passkey").click()
    expect(device).to_have_url(re.compile(r":\d+/$"))
    expect(heading(device)).to_be_visible()
    device.goto(reverse("accounts:profile"))
    expect(heading(device)).to_have_text("Your profile")


def test_without_a_passkey_the_page_says_what_else_to_do(device):
    device.get_by_role("button", name="Sign in with a passkey").click()
    expect(device.get_by_text("The passkey could not be read.")).to_be_visible()
