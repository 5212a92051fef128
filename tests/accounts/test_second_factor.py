"""A second factor counts for the session that has shown it, and its secret is no dump's to tell."""

import base64

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.links import reset_key_of
from accounts.services import addresses, second_factors
from crm_portal.lib import encryption
from outbox.services.sending import send_due
from tests.attacks import spoils

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PROFILE = reverse("accounts:profile")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cco_needs_one(settings):
    cache.clear()
    settings.MFA_REQUIRED_ROLES = ["cco"]


@pytest.fixture
def owner(cco):
    cco.set_password(PASSWORD)
    cco.save()
    return cco


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def give_password(client, user):
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return client


def enrol(client):
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    return secret


def opens(client):
    return client.get(PROFILE).status_code == 200


def test_who_enrols_goes_on_and_sessions_that_only_gave_a_password_end(owner):
    intruder, own = give_password(Client(), owner), give_password(Client(), owner)
    enrol(own)
    assert opens(own)
    answer = intruder.get(PROFILE)
    assert answer.url.startswith(reverse("account_login"))
    # With the password alone nobody comes back in.
    give_password(intruder, owner)
    assert intruder.get(PROFILE).url.startswith(reverse("account_login"))


def test_a_session_is_held_until_it_has_shown_the_factor_itself(client, owner):
    """Also one that lives on, however that came about."""
    client.force_login(owner)
    TOTP.activate(owner, SECRET)
    answer = client.get(PROFILE)
    assert answer.url == f"{reverse('mfa_reauthenticate')}?next=%2Fprofile%2F"
    for name in ("mfa_index", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_add_webauthn"):
        assert client.get(reverse(name)).url.startswith(reverse("mfa_reauthenticate"))
    client.post(answer.url, {"code": code_of(SECRET)})
    assert opens(client)


def test_a_factor_shown_in_another_session_or_by_another_user_counts_for_nothing(owner, lead):
    TOTP.activate(owner, SECRET)
    shown = Client()
    shown.force_login(owner)
    shown.post(reverse("mfa_reauthenticate"), {"code": code_of(SECRET)})
    assert opens(shown)
    other = Client()
    other.force_login(owner)
    assert not opens(other)
    # The same browser, signed in as somebody else whose role needs one, too.
    lead.role = "cco"
    lead.save()
    TOTP.activate(lead, SECRET)
    shown.force_login(lead)
    assert not opens(shown)


def test_signing_in_with_a_code_is_enough(client, owner):
    TOTP.activate(owner, SECRET)
    give_password(client, owner)
    assert not opens(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(SECRET)})
    assert opens(client)


def test_a_code_is_good_once(owner):
    TOTP.activate(owner, SECRET)
    code, clients = code_of(SECRET), [give_password(Client(), owner) for _ in range(2)]
    for client in clients:
        client.post(reverse("mfa_authenticate"), {"code": code})
    assert [opens(client) for client in clients] == [True, False]


def test_who_takes_a_factor_away_ends_the_other_sessions(owner):
    """One of them may have shown just this factor, on a device that is lost."""
    own = give_password(Client(), owner)
    enrol(own)
    other = Client()
    owner.refresh_from_db()
    other.force_login(owner)
    own.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    assert own.get(PROFILE).url == reverse("mfa_index")
    assert other.get(PROFILE).url.startswith(reverse("account_login"))


def test_the_admin_site_has_no_password_page_of_its_own(administrator, client):
    client.force_login(administrator)
    assert client.get("/admin/password_change/").url == reverse("account_change_password")


def test_a_new_password_does_not_replace_the_factor(client, owner):
    TOTP.activate(owner, SECRET)
    key = reset_key_of(owner)
    form = client.get(reverse("account_reset_password_from_key", kwargs=key), follow=True)
    new = "walk the dog at dawn"
    client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    client.post(reverse("account_login"), {"login": owner.email, "password": new})
    assert not opens(client)


def test_a_recovery_code_is_good_once(owner):
    TOTP.activate(owner, SECRET)
    code = RecoveryCodes.activate(owner).generate_codes()[0]
    clients = [give_password(Client(), owner) for _ in range(2)]
    for client in clients:
        client.post(reverse("mfa_authenticate"), {"code": code})
    assert [opens(client) for client in clients] == [True, False]


@pytest.mark.parametrize(("seconds", "is_good"), [(0, True), (60, False)])
def test_a_code_is_good_for_its_half_minute(client, owner, seconds, is_good):
    TOTP.activate(owner, SECRET)
    with time_machine.travel("2027-03-03T16:00:10Z", tick=False) as clock:
        code = code_of(SECRET)
        give_password(client, owner)
        clock.shift(seconds)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert opens(client) is is_good


# ---- Stored secrets ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_dump_tells_no_secret_of_a_second_factor(client, owner, liaison):
    """Neither while it is being set up, nor afterwards, nor the codes for a lost device."""
    secret = enrol(give_password(client, owner))
    codes = RecoveryCodes.activate(owner).generate_codes()
    liaison.set_password(PASSWORD)
    liaison.save()
    half_way = give_password(Client(), liaison)
    half_way.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    half_way.get(reverse("mfa_activate_totp"))
    secrets = [secret, half_way.session["mfa.totp.secret"], seed_of(owner), *codes]
    assert len(secrets) == 13
    dump = spoils.unwrapped(spoils.dump())
    assert "enc:1:" in dump
    assert [text for text in secrets if text in dump] == []
    keys = [base64.b32decode(secret).decode("latin-1") for secret in secrets[:2]]
    assert [key for key in keys if key in dump] == []


def seed_of(user):
    return encryption.decrypt(
        Authenticator.objects.get(user=user, type="recovery_codes").data["seed"]
    )


@pytest.mark.django_db(transaction=True)
def test_the_search_finds_a_secret_that_is_there(owner):
    """The negative control: as allauth stores it by itself."""
    Authenticator.objects.create(user=owner, type="totp", data={"secret": SECRET})
    assert SECRET in spoils.unwrapped(spoils.dump())


@pytest.mark.django_db(transaction=True)
def test_what_a_session_knows_stands_in_no_dump(client, owner):
    client.force_login(owner)
    session = client.session
    session["whereabouts"] = "behind the green door"
    session.save()
    assert client.session["whereabouts"] == "behind the green door"
    dump = spoils.unwrapped(spoils.dump())
    assert "green door" not in dump
    assert "whereabouts" not in dump


def test_a_session_written_by_somebody_else_signs_nobody_in(client, owner):
    client.force_login(owner)
    for forged in ('{"_auth_user_id": "1"}', "enc:1:gAAAA", "enc:9:x", "enc:", "", "x:y:z"):
        Session.objects.update(session_data=forged)
        assert client.get(PROFILE).status_code == 302


def test_another_key_takes_over_and_the_old_one_may_go(client, owner, settings):
    settings.ENCRYPTION_KEYS = {"1": "old"}
    TOTP.activate(owner, SECRET)
    RecoveryCodes.activate(owner)
    seed = seed_of(owner)
    settings.ENCRYPTION_KEYS = {"2": "new", "1": "old"}
    assert second_factors.encrypt_with_newest_key() == 2
    assert second_factors.encrypt_with_newest_key() == 0
    settings.ENCRYPTION_KEYS = {"2": "new"}
    assert seed_of(owner) == seed
    give_password(client, owner)
    client.post(reverse("mfa_authenticate"), {"code": code_of(SECRET)})
    assert opens(client)


def test_what_an_older_portal_stored_works_and_is_encrypted(client, owner):
    row = Authenticator.objects.create(user=owner, type="totp", data={"secret": SECRET})
    passkey = {"name": "Laptop", "credential": {}}
    Authenticator.objects.create(user=owner, type="webauthn", data=passkey)
    assert second_factors.encrypt_with_newest_key() == 1
    row.refresh_from_db()
    assert row.data["secret"].startswith("enc:1:")
    give_password(client, owner)
    client.post(reverse("mfa_authenticate"), {"code": code_of(SECRET)})
    assert opens(client)


def test_a_secret_whose_key_is_lost_stays_until_somebody_resets_it(owner, settings):
    settings.ENCRYPTION_KEYS = {"1": "old"}
    row = TOTP.activate(owner, SECRET).instance
    settings.ENCRYPTION_KEYS = {"2": "new"}
    assert second_factors.encrypt_with_newest_key() == 0
    row.refresh_from_db()
    assert row.data["secret"].startswith("enc:1:")


# ---- What administrators do ----------------------------------------------------------------------


@pytest.fixture
def staff(administrator):
    client = Client()
    client.force_login(administrator)
    return client


def act(staff, action, *users, confirmed="yes"):
    data = {"action": action, "_selected_action": [user.pk for user in users]}
    if confirmed:
        data["confirmed"] = confirmed
    return staff.post(reverse("admin:accounts_user_changelist"), data, follow=True)


def test_a_lost_device_is_taken_away_by_an_administrator(staff, owner, liaison, smtp_sink):
    TOTP.activate(owner, SECRET)
    signed_in = Client()
    signed_in.force_login(owner)
    signed_in.post(reverse("mfa_reauthenticate"), {"code": code_of(SECRET)})
    asked = act(staff, "reset_second_factors", owner, liaison, confirmed="").content.decode()
    assert "Carla Ochoa (cco@oit.example)" in asked
    assert Authenticator.objects.count() == 1
    answer = act(staff, "reset_second_factors", owner, liaison)
    assert "1 user has no second factor any more" in answer.content.decode()
    assert not Authenticator.objects.exists()
    assert signed_in.get(PROFILE).url.startswith(reverse("account_login"))
    # They come back with the password, to the set-up of a new one.
    assert give_password(Client(), owner).get(PROFILE).url == reverse("mfa_index")
    send_due(now=timezone.now())
    [letter] = smtp_sink.messages(to=owner.email)
    assert letter["Subject"] == "Your second factor was taken away"
    assert "Ada Admin took away" in letter.get_body(["plain"]).get_content()
    assert smtp_sink.messages(to=liaison.email) == []
    history = staff.get(reverse("admin:accounts_user_history", args=[owner.pk]))
    assert "reset second factors" in history.content.decode()
    event = owner.events.latest("pgh_id")
    assert (event.pgh_context.metadata["why"], event.session_version) == ("reset_second_factors", 2)


def test_an_administrator_signs_somebody_out_everywhere(staff, owner):
    signed_in = Client()
    signed_in.force_login(owner)
    act(staff, "end_sessions", owner)
    assert signed_in.get(PROFILE).url.startswith(reverse("account_login"))


def test_an_administrator_confirms_an_address_that_no_letter_reaches(staff, liaison, cco):
    for user, wish in ((liaison, "dana@dot.example"), (cco, liaison.email)):
        addresses.ask_for_address(user=user, new_address=wish, by=user, now=timezone.now())
    asked = act(staff, "confirm_addresses", liaison, confirmed="").content.decode()
    assert "<strong>dana@dot.example</strong>" in asked
    answer = act(staff, "confirm_addresses", liaison).content.decode()
    assert "Dana Ortiz signs in with dana@dot.example now." in answer
    liaison.refresh_from_db()
    assert liaison.email == "dana@dot.example"


def test_the_admin_site_shows_only_our_own_rows(staff, owner):
    TOTP.activate(owner, SECRET)
    for path in ("mfa/authenticator", "account/emailaddress", "auth/group", "sessions/session"):
        assert staff.get(f"/admin/{path}/").status_code == 404
    assert "Authenticator" not in staff.get("/admin/").content.decode()
