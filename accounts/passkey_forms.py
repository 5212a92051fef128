"""allauth's forms for passkeys, for what a browser sends and for what anybody else sends."""

from contextlib import contextmanager

import structlog
from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms
from django.core.exceptions import ValidationError
from django.db import DatabaseError

log = structlog.get_logger(__name__)


@contextmanager
def refused():
    """What reads a credential raises whatever its parsers meet in the bytes of a stranger, from
    IndexError to RecursionError, and allauth knows some of them."""
    try:
        yield
    except (ValidationError, DatabaseError):
        raise
    except Exception as error:
        log.warning("passkey_refused", reason=type(error).__name__)
        raise get_adapter().validation_error("incorrect_code") from error


class AddForm(forms.AddWebAuthnForm):
    def clean(self):
        with refused():
            return super().clean()


class AuthenticateForm(forms.AuthenticateWebAuthnForm):
    def clean_credential(self):
        with refused():
            return super().clean_credential()


class ReauthenticateForm(forms.ReauthenticateWebAuthnForm):
    def clean_credential(self):
        with refused():
            return super().clean_credential()


class SignInForm(forms.LoginWebAuthnForm):
    def clean_credential(self):
        with refused():
            return super().clean_credential()
