import json
import re
from collections import Counter

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from outbox.services.sending import send_due
from tests.attacks import spoils

PASSWORD = "correct horse battery"


@pytest.fixture
def cco_with_password(cco):
    cco.set_password(PASSWORD)
    cco.save()
    return cco


def sign_in(client, email, password):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def test_people_sign_in_with_their_address_in_any_case(client, cco_with_password):
    answer = sign_in(client, "CCO@OIT.example", PASSWORD)
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(cco_with_password.pk)


def test_a_closed_account_cannot_sign_in(client, cco_with_password):
    User.objects.update(is_active=False)
    sign_in(client, "cco@oit.example", PASSWORD)
    assert "_auth_user_id" not in client.session


def test_a_wrong_password_and_an_unknown_address_read_the_same(client, cco_with_password):
    wrong = sign_in(client, "cco@oit.example", "wrong").context["form"].errors
    unknown = sign_in(client, "nobody@oit.example", "wrong").context["form"].errors
    assert wrong == unknown


def test_the_admin_site_has_the_same_door(client, administrator):
    answer = client.get("/admin/")
    assert answer.url.startswith("/admin/login/") or answer.url.startswith("/accounts/login/")
    answer = client.get("/admin/login/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")


@pytest.mark.parametrize(("who", "status"), [("administrator", 200), ("cco", 403)])
def test_only_administrators_use_the_admin_site(client, request, who, status):
    client.force_login(request.getfixturevalue(who))
    assert client.get("/admin/", follow=True).status_code == status


def test_a_role_that_needs_a_second_factor_is_led_to_it(client, cco, liaison, settings):
    settings.MFA_REQUIRED_ROLES = ["cco"]
    client.force_login(cco)
    answer = client.get(reverse("accounts:profile"))
    assert answer.url == reverse("mfa_index")
    assert "second factor" in str(*get_messages(answer.wsgi_request))
    client.force_login(liaison)
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_pages_are_closed_to_those_who_are_not_signed_in(client, db):
    answer = client.get(reverse("accounts:profile"))
    assert answer.url == f"{reverse('account_login')}?next=/profile/"


def set_up_codes(client, password):
    """Set up one-time codes as the pages ask for it; the last answer."""
    client.post(reverse("account_reauthenticate"), {"password": password})
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    return client.post(reverse("mfa_activate_totp"), {"code": code})


def test_somebody_whom_the_office_has_made_can_set_up_a_second_factor(
    client, cco_with_password, settings
):
    """The office vouches for the address: nobody has to confirm it first."""
    settings.MFA_REQUIRED_ROLES = ["cco"]
    sign_in(client, "cco@oit.example", PASSWORD)
    assert set_up_codes(client, PASSWORD).status_code == 302
    assert is_mfa_enabled(cco_with_password)
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_a_second_factor_can_be_set_up_after_forgot_your_password(client, cco, settings, smtp_sink):
    settings.MFA_REQUIRED_ROLES = ["cco"]
    settings.BASE_URL = "http://testserver"
    client.post(reverse("account_reset_password"), {"email": cco.email})
    send_due(now=timezone.now())
    [letter] = smtp_sink.messages(to=cco.email)
    [link] = re.findall(r"http://testserver(\S+)", letter.get_body(["plain"]).get_content())
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    sign_in(client, cco.email, PASSWORD)
    assert set_up_codes(client, PASSWORD).status_code == 302
    assert is_mfa_enabled(cco)
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_the_log_says_who_signed_in_and_whose_password_was_wrong(client, cco_with_password):
    """And neither the address nor the password."""
    with spoils.logged() as log:
        sign_in(client, "cco@oit.example", "not the password")
        sign_in(client, "cco@oit.example", PASSWORD)
        for _attempt in range(6):
            sign_in(Client(), "nobody@oit.example", "wrong")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    said = Counter(line["message"] for line in lines)
    assert (said["password_wrong"], said["signed_in"], said["sign_in_slowed"]) == (6, 1, 1)
    [line] = [line for line in lines if line["message"] == "signed_in"]
    assert (line["user"], line["ways"]) == (cco_with_password.pk, ["password"])
    assert [word for word in ("oit.example", "not the", PASSWORD) if word in log.getvalue()] == []
