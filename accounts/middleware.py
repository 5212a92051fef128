"""What every request needs: the office, the user's time zone, a second factor, who and where."""

import zoneinfo

import pghistory.middleware
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts import office, second_factor
from crm_portal.lib import resend

# History rows carry the user and the address; services add why.
HistoryMiddleware = pghistory.middleware.HistoryMiddleware


class SignInMiddleware(LoginRequiredMiddleware):
    """Leads whoever is not signed in to the sign-in page, and loses nothing on the way.

    Somebody whose session ended while they wrote a form is told so instead: sign-in could not
    bring the form back. A part of a page is told in its place.
    """

    SAFE = ("GET", "HEAD", "OPTIONS")

    def handle_no_permission(self, request, view_func):
        if request.htmx:
            context = {"next": request.htmx.current_url_abs_path or "/"}
            return render(request, "signed_out.html#part", context, status=401)
        if request.method not in self.SAFE:
            context = {"fields": resend.fields_of(request)}
            return render(request, "signed_out.html", context, status=401)
        return super().handle_no_permission(request, view_func)


class PrivatePagesMiddleware:
    """No browser keeps a page of somebody who is signed in: after they have left, Back shows
    nothing. Pages that are the same for everybody say by themselves how long they may be kept."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        is_private = request.user.is_authenticated and not self._is_public(request)
        if is_private and "no-store" not in response.get("Cache-Control", ""):
            response["Cache-Control"] = "no-store"
        return response

    @staticmethod
    def _is_public(request):
        view = request.resolver_match and request.resolver_match.func
        return getattr(view, "access", "").startswith("public")


class OfficeMiddleware:
    """Reads the office anew for each request, and shows times in the user's or its zone."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        office.forget()
        with timezone.override(self._zone(request)):
            return self.get_response(request)

    @staticmethod
    def _zone(request):
        own = request.user.time_zone if request.user.is_authenticated else ""
        return zoneinfo.ZoneInfo(own) if own else office.zone()


class SecondFactorMiddleware:
    """Holds a session of a role that must have a second factor until this session has shown one:
    leads to its set-up, or to showing the one that the user has."""

    ALWAYS = ("/static/", "/profile/logo", "/accounts/logout/")
    SET_UP = ("/accounts/",)
    SHOW = ("/accounts/2fa/reauthenticate/", "/accounts/2fa/webauthn/reauthenticate/")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self._held(request) or self.get_response(request)

    def _held(self, request):
        user = request.user
        is_asked = user.is_authenticated and user.role in settings.MFA_REQUIRED_ROLES
        if not is_asked or request.path.startswith(self.ALWAYS):
            return None
        if not is_mfa_enabled(user):
            if request.path.startswith(self.SET_UP):
                return None
            messages.warning(request, _("Your role needs a second factor. Set one up to go on."))
            return redirect("mfa_index")
        if second_factor.is_shown(request) or request.path in self.SHOW:
            return None
        # A form that was sent is not lost: the page asks for a code, and Back leads to it.
        target = request.get_full_path() if request.method == "GET" else "/"
        return redirect(
            f"{second_factor.page_to_show_it(request.user)}?{urlencode({'next': target})}"
        )
