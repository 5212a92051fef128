"""Letters about an account. The link to a new password is made when the letter goes out."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.links import reset_key_of
from accounts.models import AddressChange, User
from accounts.services.addresses import LINK_LIFE, PURPOSE
from crm_portal.letters import Message, Skip
from crm_portal.lib import links


def _user_of(letter):
    return User.objects.active().filter(pk=letter.subject.partition(":")[2]).first()


def password_reset(letter, *, now):
    user = _user_of(letter)
    if user is None:
        return Skip(_("The account is closed."))
    path = reverse("account_reset_password_from_key", kwargs=reset_key_of(user))
    return Message(
        subject=_("Choose a new password"),
        template="accounts/mail/password_reset",
        context={"user": user, "link": settings.BASE_URL + path},
    )


def notice(letter, *, now):
    """What allauth wants to tell about an account, in its own words, inside our frame."""
    user = _user_of(letter)
    if user is None:
        return Skip(_("The account is closed."))
    prefix = letter.details["template"]
    context = {
        **letter.details,
        "user": user,
        "email": letter.recipient,
        "timestamp": letter.planned_at,
    }
    subject = render_to_string(f"{prefix}_subject.txt", context)
    text = render_to_string(f"{prefix}_message.txt", context)
    return Message(
        subject=" ".join(subject.split()),
        template="accounts/mail/notice",
        context={"user": user, "text": text.strip()},
    )


def address_confirm(letter, *, now):
    """The link that makes an address the user's own."""
    change = AddressChange.objects.filter(
        public_id=letter.details["change"], user__is_active=True
    ).first()
    if change is None or now - change.asked_at > LINK_LIFE:
        return Skip(_("There is nothing to confirm any more."))
    path = reverse("accounts:open_link", args=[links.token_of(PURPOSE, change)])
    return Message(
        subject=_("Confirm your new sign-in address"),
        template="accounts/mail/address_confirm",
        context={"link": settings.BASE_URL + path, "days": LINK_LIFE.days},
    )


def address_taken(letter, *, now):
    """To whom signs in with an address already that somebody else has asked for."""
    if not User.objects.active().filter(email=letter.recipient).exists():
        return Skip(_("Nobody signs in with this address any more."))
    return Message(
        subject=_("Somebody asked to sign in with your address"),
        template="accounts/mail/address_taken",
        context={"asker": letter.details["asker"]},
    )


def address_changed(letter, *, now):
    """To the old address, also of an account that was closed meanwhile."""
    return Message(
        subject=_("You sign in with another address now"),
        template="accounts/mail/address_changed",
        context={name: letter.details[name] for name in ("new_address", "by")},
    )


def second_factor_reset(letter, *, now):
    user = _user_of(letter)
    if user is None:
        return Skip(_("The account is closed."))
    return Message(
        subject=_("Your second factor was taken away"),
        template="accounts/mail/second_factor_reset",
        context={"by": letter.details["by"], "link": settings.BASE_URL + reverse("mfa_index")},
    )
