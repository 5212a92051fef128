"""The address that somebody signs in with: changed once it is known to be theirs, and told."""

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.history import service
from accounts.models import AddressChange, User
from accounts.services import sessions
from crm_portal import letters
from crm_portal.lib import counters, links
from crm_portal.lib.refusals import Refusal

PURPOSE = "address"
LINK_LIFE = timedelta(days=3)
MOST_LETTERS_A_DAY = 5


@service
def ask_for_address(*, user, new_address, by, now):
    """Send a link to the new address that makes it the user's own. A second call replaces the
    first, whose link works no more.

    Refuses the present address, and more letters than MOST_LETTERS_A_DAY. Whether somebody else
    signs in with that address is not told: its owner is, and no link is sent.
    """
    new_address = new_address.lower()
    if new_address == user.email:
        raise Refusal(_("This is the address that you sign in with already."))
    if counters.add(f"address-change:{user.pk}", seconds=24 * 3600) > MOST_LETTERS_A_DAY:
        raise Refusal(_("You have asked for many letters today. Try again tomorrow."))
    change, _created = AddressChange.objects.update_or_create(
        user=user,
        defaults={"new_address": new_address, "asked_at": now, **links.issue(PURPOSE)},
    )
    owner = User.objects.filter(email=new_address).first()
    letters.plan(
        purpose="account",
        subject=f"user:{user.pk}",
        kind="address_taken" if owner else "address_confirm",
        # Each wish is a letter of its own: the link of the one before works no more.
        seq=secrets.randbits(31),
        recipient=new_address,
        recipient_name=owner.name if owner else user.name,
        details={"change": str(change.public_id), "asker": user.name},
        now=now,
    )
    return change


@service
def confirm_address(*, change, by, now):
    """Make the confirmed address the user's own, which ends their sessions.

    Refuses a link that is too old, was used or replaced, and an address with which somebody else
    signs in by now.
    """
    change = (
        AddressChange.objects.select_for_update()
        .filter(pk=change.pk, token_hash=change.token_hash)
        .first()
    )
    if change is None:
        raise Refusal(_("This link was used meanwhile, or replaced by a newer one."))
    if now - change.asked_at > LINK_LIFE:
        raise Refusal(_("This link is too old. Ask for a new one."))
    user = User.objects.select_for_update().get(pk=change.user_id)
    new_address = change.new_address
    change.delete()
    change_address(user=user, new_address=new_address, by=by, now=now)
    return user


@service
def change_address(*, user, new_address, by, now):
    """Let the user sign in with another address from now on, and no more with the old one, where a
    letter says so. Ends their sessions. Refuses an address that somebody else has."""
    old_address, user.email = user.email, new_address.lower()
    user.version += 1
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "version"])
    except IntegrityError:
        raise Refusal(
            _("Somebody else signs in with this address by now. Choose another one.")
        ) from None
    sessions.end_sessions(user=user, by=by)
    _tell_old_address(user, old_address, by, now)


def _tell_old_address(user, old_address, by, now):
    letters.plan(
        purpose="account",
        subject=f"user:{user.pk}",
        kind="address_changed",
        seq=user.session_version,
        recipient=old_address,
        recipient_name=user.name,
        details={"new_address": user.email, "by": by.name},
        now=now,
    )
