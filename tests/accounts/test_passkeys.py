"""A passkey, from its set-up to signing in with it, in a browser with an authenticator."""

import base64
import json
import random
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
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


# ---- What a browser would not send --------------------------------------------------------------

SIGN_IN = reverse("mfa_login_webauthn")


def test_who_only_looks_leaves_no_session(client, db):
    for _ in range(75):
        answer = client.get(SIGN_IN, headers={"accept": "application/json"})
        assert answer.json()["request_options"]["publicKey"]["challenge"]
    assert Session.objects.count() == 0
    assert answer.cookies["passkey_challenge"]["httponly"]


def test_an_answer_that_was_overheard_is_no_use(device, cco, client):
    """The same answer, with the same challenge, from another browser: it was given already."""
    add_passkey(device, cco)
    sent = {}

    def listen(request):
        if request.method == "POST" and request.url.endswith(SIGN_IN):
            sent.update(headers=request.all_headers(), body=request.post_data)

    device.on("request", listen)
    device.context.clear_cookies()
    device.goto(reverse("account_login"))
    device.get_by_role("button", name="Sign in with a passkey").click()
    expect(device).to_have_url(re.compile(r":\d+/$"))
    cookies = dict(re.findall(r"([\w-]+)=([^;]+)", sent["headers"]["cookie"]))
    overheard = {"credential": parse_qs(sent["body"])["credential"]}
    headers = {"host": urlsplit(device.url).netloc}

    def is_signed_in(challenge):
        client.cookies.load({"passkey_challenge": challenge})
        client.post(SIGN_IN, overheard, headers=headers)
        return "_auth_user_id" in client.session

    client.get(SIGN_IN, headers={"accept": "application/json", **headers})
    new = client.cookies["passkey_challenge"].value
    old = cookies["passkey_challenge"]
    assert [is_signed_in(challenge) for challenge in ("", new, old)] == [False, False, False]
    # The negative control: as if nobody had noted that it was given.
    cache.clear()
    assert is_signed_in(old)


def add_passkey(device, cco):
    device.get_by_label("Email").fill(cco.email)
    device.get_by_label("Password").fill(PASSWORD)
    device.get_by_role("button", name="Sign in", exact=True).click()
    expect(heading(device)).not_to_have_text("Sign in")
    device.goto(reverse("mfa_add_webauthn"))
    device.get_by_label("Password").fill(PASSWORD)
    device.get_by_role("button", name="Confirm").click()
    device.get_by_text("Passwordless", exact=True).click()
    device.get_by_role("button", name="Add").click()
    expect(device.get_by_text("recovery codes").first).to_be_visible()


def b64(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


VALUES = [
    None, 1, -1, 1.5, True, "", "a", "aa", "é", "\x00" * 3, [], {}, [1], {"a": 1}, "a" * 100_000,
    b64(b"{}"), b64(b'{"type":"webauthn.get","challenge":"aa","origin":"x"}'), b64(bytes(200)),
    b64(bytes(range(200))), b64(b"1"), b64("é".encode()), b64(b"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"),
]  # fmt: skip
PARTS = ["clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject"]


def nonsense(dice):
    """A credential of wrong types, lengths and bytes, seeded."""
    if dice.random() < 0.1:
        return dice.choice(VALUES)
    parts = {name: dice.choice(VALUES) for name in PARTS if dice.random() > 0.1}
    return {
        "id": dice.choice(VALUES), "rawId": dice.choice(VALUES), "type": "public-key",
        "response": dice.choice([parts, parts, parts, *VALUES]),
        "clientExtensionResults": dice.choice([{}, *VALUES]),
    }  # fmt: skip


def test_no_credential_breaks_a_page(client, cco, figure):
    """At each of the four places that read one."""
    cco.set_password(PASSWORD)
    cco.save()
    # A key that reads no other: made up, so that every answer is wrong.
    Authenticator.objects.create(user=cco, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    dice, broken, stranger = random.Random(20270303), [], Client()
    client.force_login(cco)
    half_way = Client()
    half_way.post(reverse("account_login"), {"login": cco.email, "password": PASSWORD})
    places = [
        (stranger, SIGN_IN), (half_way, reverse("mfa_authenticate")),
        (client, reverse("mfa_reauthenticate_webauthn")), (client, reverse("mfa_add_webauthn")),
    ]  # fmt: skip
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    for _ in range(250):
        for visitor, address in places:
            if dice.random() < 0.2:
                visitor.get(address, headers={"accept": "application/json"})
            credential = json.dumps(nonsense(dice))
            cache.clear()
            if visitor.post(address, {"credential": credential}).status_code >= 500:
                broken.append((address, credential[:200]))
    figure(f"{250 * len(places)} broken credentials at {len(places)} places: {len(broken)} 5xx")
    assert broken == []


def test_a_session_that_was_planted_is_another_one_after_signing_in(client, cco):
    """Fixation: whoever chose the key of the session does not share what comes after."""
    cco.set_password(PASSWORD)
    cco.save()
    planted = client.session
    planted["basket"] = "of the attacker"
    planted.save()
    client.cookies["session"] = planted.session_key
    client.post(reverse("account_login"), {"login": cco.email, "password": PASSWORD})
    assert client.cookies["session"].value != planted.session_key
    attacker = Client()
    attacker.cookies["session"] = planted.session_key
    assert attacker.get(reverse("accounts:profile")).status_code == 302
    # Nor with a key that no session has.
    made_up = Client()
    made_up.cookies["session"] = "a" * 32
    made_up.post(reverse("account_login"), {"login": cco.email, "password": PASSWORD})
    assert made_up.cookies["session"].value != "a" * 32


def test_a_session_that_waits_for_a_code_is_signed_in_nowhere(client, cco):
    cco.set_password(PASSWORD)
    cco.save()
    Authenticator.objects.create(user=cco, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    client.post(reverse("account_login"), {"login": cco.email, "password": PASSWORD})
    assert client.get(reverse("accounts:profile")).status_code == 302
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/accounts/")
