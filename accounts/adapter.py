"""How sign-in meets the rest: nobody registers alone, and its mails go through the outbox."""

import zlib

from allauth.account.adapter import DefaultAccountAdapter
from django.utils import timezone

from crm_portal import letters

# What allauth tells a letter and may stand in a row. Its links and codes are secrets.
FACTS = ("ip", "user_agent", "from_email", "to_email", "deleted_email")


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        """Accounts are made by the office's staff."""
        return False

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


def _number(*facts):
    return zlib.crc32(repr(facts).encode()) & 0x7FFFFFFF
