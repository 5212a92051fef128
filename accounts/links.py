"""What the keys in letters about accounts lead to."""

from allauth.account.utils import url_str_to_user_pk, user_pk_to_url_str
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError

from accounts.models import AddressChange, User
from crm_portal.lib import links


def reset_key_of(user):
    """The two parts of the key to a new password; for letters only."""
    return {
        "uidb36": user_pk_to_url_str(user),
        "key": default_token_generator.make_token(user),
    }


def is_good_reset_key(uidb36, key):
    """Whether the key opens the form for a new password."""
    try:
        user = User.objects.filter(pk=url_str_to_user_pk(uidb36)).first()
    except (ValueError, ValidationError):
        return False
    return user is not None and default_token_generator.check_token(user, key)


def is_good_link(token):
    """Whether the link confirms an address that somebody has asked for."""
    return links.is_issued(AddressChange, token)
