"""Letters about accounts, from the page that asks for them to the link that works."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from outbox.models import Letter
from outbox.services.sending import send_due

NEW = "a new and better passphrase"


@pytest.fixture(autouse=True)
def site(settings):
    settings.BASE_URL = "http://testserver"


def ask_for_password(client, email):
    return client.post(reverse("account_reset_password"), {"email": email})


def links_in(mail):
    return re.findall(r"http://testserver(\S+)", mail.get_body(["plain"]).get_content())


def test_forgotten_password_is_replaced_by_mail(client, cco, smtp_sink):
    assert ask_for_password(client, "CCO@oit.example").status_code == 302
    letter = Letter.objects.get()
    assert (letter.kind, letter.recipient) == ("password_reset", cco.email)
    assert set(letter.details) == {"template"}
    assert send_due(now=timezone.now()) == 1
    [mail] = smtp_sink.messages(to=cco.email)
    [link] = links_in(mail)
    assert f"http://testserver{link}" in mail.get_body(["html"]).get_content()
    form = client.get(link, follow=True)
    answer = client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert answer.status_code == 302
    cco.refresh_from_db()
    assert cco.check_password(NEW)
    letter.refresh_from_db()
    token = link.strip("/").rpartition("/")[2]
    assert token not in letter.body
    assert "http://testserver/accounts/…" in letter.body


def test_used_link_to_a_new_password_is_dead(client, cco, smtp_sink):
    ask_for_password(client, cco.email)
    send_due(now=timezone.now())
    [link] = links_in(smtp_sink.messages()[0])
    cco.set_password(NEW)
    cco.save()
    answer = client.get(link, follow=True)
    assert "form" not in answer.context or "password1" not in answer.content.decode()


def test_unknown_address_gets_no_letter_and_the_same_answer(client, cco, smtp_sink):
    known, unknown = (
        ask_for_password(client, cco.email),
        ask_for_password(client, "nobody@oit.example"),
    )
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert list(Letter.objects.values_list("recipient", flat=True)) == [cco.email]


def test_asking_twice_is_one_letter(client, cco):
    ask_for_password(client, cco.email)
    ask_for_password(client, cco.email)
    # A minute may have passed between the two.
    assert Letter.objects.count() in {1, 2}
    assert Letter.objects.values("seq").distinct().count() == Letter.objects.count()


def test_closed_account_gets_no_new_password(client, cco, smtp_sink):
    ask_for_password(client, cco.email)
    type(cco).objects.update(is_active=False)
    assert send_due(now=timezone.now()) == 0
    assert Letter.objects.get().reason == "The account is closed."


def test_changed_password_is_told_with_who_it_may_have_been(client, cco, smtp_sink):
    cco.set_password("the old passphrase")
    cco.save()
    client.post(reverse("account_login"), {"login": cco.email, "password": "the old passphrase"})
    client.post(
        reverse("account_change_password"),
        {"oldpassword": "the old passphrase", "password1": NEW, "password2": NEW},
        headers={"user-agent": "Netscape <4>"},
    )
    send_due(now=timezone.now())
    mail = smtp_sink.messages(to=cco.email)[-1]
    text = mail.get_body(["plain"]).get_content()
    assert "Your password has been changed." in text
    assert "- browser: Netscape <4>" in text
    assert "example.com" not in text
    assert "Netscape &lt;4&gt;" in mail.get_body(["html"]).get_content()
    assert {letter.state for letter in Letter.objects.all()} == {"sent"}
