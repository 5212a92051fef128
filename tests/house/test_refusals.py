"""Whatever cannot be taken is answered by a page of ours, with a sentence that says what to do."""

import pytest
from django.urls import reverse

SIGN_IN = reverse("account_login")
PROFILE = reverse("accounts:profile")


def said(answer):
    """The page's heading and all that it says, if it is one of ours."""
    content = answer.content.decode()
    assert '<main class="main"' in content
    return content


@pytest.fixture
def signed_in(client, liaison):
    client.force_login(liaison)
    return client


def test_a_text_that_is_too_long(signed_in):
    answer = signed_in.post(PROFILE, {"name": "x" * 5_300_000})
    assert answer.status_code == 400
    assert "It is larger than 5 MB." in said(answer)


def test_a_form_of_too_many_fields(signed_in):
    answer = signed_in.post(PROFILE, {f"name{number}": "x" for number in range(1001)})
    assert answer.status_code == 400
    assert "It has more fields than a form of ours can have." in said(answer)


def test_an_address_that_is_not_ours(client, db, settings):
    settings.ALLOWED_HOSTS = ["portal.example"]
    answer = client.get(SIGN_IN, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "The portal does not answer at this address." in said(answer)


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_an_address_that_only_takes_a_form(signed_in, method):
    answer = getattr(signed_in, method)(reverse("accounts:theme"))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "It only takes what a form sends to it." in said(answer)


def test_sign_in_that_is_tried_without_end(client, db):
    sent = {"login": "nobody@oit.example", "password": "wrong"}
    answers = [client.post(SIGN_IN, sent) for _time in range(121)]
    assert answers[-1].status_code == 429
    assert "Wait a minute, then try again." in said(answers[-1])
