"""Every letter about an account, asked for as people ask for it."""

from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.services import addresses, second_factors

PASSWORD, NEW_PASSWORD = "walk the dog at dawn", "walk the dog at dusk"


def ask_for_all(client, *, chief, liaison, new_address, now):
    """The chief changes the password and asks for another address, which waits for its link. The
    liaison gets another address, loses the second factor, and forgets the password."""
    chief.set_password(PASSWORD)
    chief.save()
    send(client, "account_login", login=chief.email, password=PASSWORD)
    passwords = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    send(client, "account_change_password", oldpassword=PASSWORD, **passwords)
    send(client, "account_login", login=chief.email, password=NEW_PASSWORD)
    send(client, "account_reauthenticate", password=NEW_PASSWORD)
    send(client, "accounts:address", new_address=new_address)
    client.post(reverse("account_logout"))
    addresses.ask_for_address(user=liaison, new_address=chief.email, by=liaison, now=now)
    moved = liaison.email.replace("@", ".moved@")
    addresses.change_address(user=liaison, new_address=moved, by=chief, now=now)
    Authenticator.objects.create(user=liaison, type="totp", data={"secret": "x"})
    second_factors.reset_second_factors(user=liaison, by=chief, now=now)
    send(client, "account_reset_password", email=liaison.email)


def send(client, name, **data):
    assert client.post(reverse(name), data).status_code == 302, name
