"""Letters about an account. The link to a new password is made when the letter goes out."""

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from crm_portal.letters import Message, Skip


def _user_of(letter):
    return User.objects.active().filter(pk=letter.subject.partition(":")[2]).first()


def password_reset(letter, *, now):
    user = _user_of(letter)
    if user is None:
        return Skip(_("The account is closed."))
    key = f"{user_pk_to_url_str(user)}-{EmailAwarePasswordResetTokenGenerator().make_token(user)}"
    uid, _dash, token = key.partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
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
    if prefix.endswith("email_confirmation"):
        address = EmailAddress.objects.filter(user=user, email__iexact=letter.recipient).first()
        if address is None or address.verified:
            return Skip(_("There is nothing to confirm any more."))
        path = reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key])
        context["activate_url"] = settings.BASE_URL + path
    subject = render_to_string(f"{prefix}_subject.txt", context)
    text = render_to_string(f"{prefix}_message.txt", context)
    return Message(
        subject=" ".join(subject.split()),
        template="accounts/mail/notice",
        context={"user": user, "text": text.strip()},
    )
