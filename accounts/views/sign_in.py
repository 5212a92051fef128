"""allauth's pages about signing in, with what the portal asks beyond them."""

import hashlib

from allauth.account.views import PasswordChangeView, ReauthenticateView
from allauth.mfa.base.views import ReauthenticateView as ReauthenticateByCodeView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core import signing
from django.core.cache import cache
from django.db import transaction
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts import devices
from accounts.second_factor import note_enrolment
from accounts.services import sessions
from crm_portal.lib import cookies

# Where allauth keeps the challenge of a passkey.
STATE = "mfa.webauthn.state"
CHALLENGE_COOKIE = "passkey_challenge"
CHALLENGE_SECONDS = 300


class ChangePassword(PasswordChangeView):
    def dispatch(self, request, *args, **kwargs):
        """Who has no password yet proves by a letter that the account is theirs."""
        if request.user.has_usable_password():
            return super().dispatch(request, *args, **kwargs)
        messages.info(request, _("You have no password yet: choose one by the link in our letter."))
        return redirect("account_reset_password")


class NewKeyMixin:
    """A session that may do more from now on is known by another key."""

    def form_valid(self, form):
        response = super().form_valid(form)
        self.request.session.cycle_key()
        return response


class GivePassword(NewKeyMixin, ReauthenticateView):
    pass


class GiveCode(NewKeyMixin, ReauthenticateByCodeView):
    pass


class GivePasskey(NewKeyMixin, ReauthenticateWebAuthnView):
    pass


class OtherSessionsEndMixin:
    """A second factor that comes or goes ends the user's other sessions: one that comes they have
    not shown, and one that goes may be all that they have shown."""

    def form_valid(self, form):
        with transaction.atomic():
            response = super().form_valid(form)
            sessions.end_sessions(user=self.request.user, by=self.request.user)
        update_session_auth_hash(self.request, self.request.user)
        devices.remember(self.request, response, self.request.user)
        return response


class EnrolmentMixin(OtherSessionsEndMixin):
    def form_valid(self, form):
        response = super().form_valid(form)
        note_enrolment(self.request)
        return response


class AddCodes(EnrolmentMixin, ActivateTOTPView):
    pass


class AddPasskey(EnrolmentMixin, AddWebAuthnView):
    pass


class RemoveCodes(OtherSessionsEndMixin, DeactivateTOTPView):
    pass


class RemovePasskey(OtherSessionsEndMixin, RemoveWebAuthnView):
    pass


class SignInWithPasskey(LoginWebAuthnView):
    """The challenge waits in a cookie instead of a session: whoever only looks leaves no row."""

    def get(self, request, *args, **kwargs):
        response = super().get(request, *args, **kwargs)
        if (state := request.session.pop(STATE, None)) is not None:
            cookies.keep(
                response,
                CHALLENGE_COOKIE,
                signing.dumps(state, salt=CHALLENGE_COOKIE),
                seconds=CHALLENGE_SECONDS,
                path=request.path,
                samesite="Strict",
            )
        return response

    def post(self, request, *args, **kwargs):
        if state := self.challenge():
            request.session[STATE] = state
        response = super().post(request, *args, **kwargs)
        request.session.pop(STATE, None)
        response.delete_cookie(CHALLENGE_COOKIE, path=request.path)
        return response

    def challenge(self):
        """What the cookie holds, once: who has overheard an answer cannot give it again."""
        cookie = self.request.COOKIES.get(CHALLENGE_COOKIE, "")
        try:
            state = signing.loads(cookie, salt=CHALLENGE_COOKIE, max_age=CHALLENGE_SECONDS)
        except signing.BadSignature:
            return None
        used = f"passkey-challenge:{hashlib.sha256(cookie.encode()).hexdigest()}"
        return state if cache.add(used, True, CHALLENGE_SECONDS) else None
