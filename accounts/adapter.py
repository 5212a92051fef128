"""How sign-in meets the rest: nobody registers alone, and its mails go through the outbox."""

import zlib

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import devices
from accounts.sign_in_limits import Attempt
from crm_portal import letters
from crm_portal.lib import encryption

log = structlog.get_logger(__name__)

# What allauth tells a letter and may stand in a row. Its links and codes are secrets.
FACTS = ("ip", "user_agent", "from_email", "to_email", "deleted_email")


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        """Accounts are made by the office's staff."""
        return False

    def authenticate(self, request, **credentials):
        """Check the password, unless too many wrong ones came from there."""
        attempt = Attempt(request, credentials.get("email", ""))
        if wait := attempt.begin():
            log.warning("sign_in_slowed", account=attempt.account, seconds=round(wait))
            raise forms.ValidationError(_please_wait(wait), code="too_many_login_attempts")
        user = super().authenticate(request, **credentials)
        if user is None:
            log.warning("password_wrong", account=attempt.account)
        else:
            attempt.succeeded()
        return user

    def pre_authenticate(self, request, **credentials):
        """allauth's own limit locks the owner out, too: `accounts.sign_in_limits` instead."""

    def post_login(self, request, user, **details):
        response = super().post_login(request, user, **details)
        records = get_authentication_records(request, user)
        log.info("signed_in", user=user.pk, ways=[record["method"] for record in records])
        devices.remember(request, response, user)
        return response

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Tell the user what happened to the account, at the address that signs in."""
        context = {**(context or {}), "user": user}
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def send_mail(self, template_prefix, email, context):
        """Promise the mail. Secrets stay out of the row: `accounts.letters` makes them anew."""
        user = context.get("user")
        if user is None:
            return
        now = timezone.now()
        minute = int(now.timestamp()) // 60
        is_reset = template_prefix.endswith("password_reset_key")
        letters.plan(
            purpose="account",
            subject=f"user:{user.pk}",
            kind="password_reset" if is_reset else "notice",
            # Asking again within a minute is the same wish; two different facts are two letters.
            seq=minute if is_reset else _number(template_prefix, email, minute),
            recipient=email,
            recipient_name=user.name,
            details={
                "template": template_prefix,
                **{name: str(context[name])[:200] for name in FACTS if context.get(name)},
            },
            now=now,
        )


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of one-time codes and seeds of recovery codes are stored encrypted."""

    def encrypt(self, text):
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text):
        # What an older portal has stored: the nightly clean-up encrypts it.
        if not encryption.is_encrypted(encrypted_text):
            return encrypted_text
        return encryption.decrypt(encrypted_text)


def _please_wait(seconds):
    if seconds < 90:
        wait = ngettext("%(count)d second", "%(count)d seconds", round(seconds)) % {
            "count": max(1, round(seconds))
        }
    else:
        wait = _("%(count)d minutes") % {"count": round(seconds / 60)}
    return _(
        "Too many wrong passwords. Wait %(wait)s, or choose “Forgot your password?”: "
        "the link in our letter lets you in at once."
    ) % {"wait": wait}


def _number(*facts):
    return zlib.crc32(repr(facts).encode()) & 0x7FFFFFFF
