"""What every request needs: the office, the user's time zone, a second factor, who and where."""

import zoneinfo

import pghistory.middleware
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import office

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
            return render(request, "signed_out.html", status=401)
        return super().handle_no_permission(request, view_func)


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
    """Leads users whose role must have a second factor to its set-up until they have one."""

    ALLOWED = ("/accounts/", "/static/", "/profile/logo")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if self._is_missing(request):
            messages.warning(request, _("Your role needs a second factor. Set one up to go on."))
            return redirect("mfa_index")
        return self.get_response(request)

    def _is_missing(self, request):
        return (
            request.user.is_authenticated
            and request.user.role in settings.MFA_REQUIRED_ROLES
            and not request.path.startswith(self.ALLOWED)
            and not is_mfa_enabled(request.user)
        )
