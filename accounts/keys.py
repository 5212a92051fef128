"""Pages that a key in a letter opens: a new password, a confirmed address.

They are allauth's own, and two things more. Wrong keys are counted and slowed down, like those of
personal links. And a key that waits for its form is kept by the browser: allauth keeps it in the
session, which is a row, and who stole the row could use it.
"""

from allauth.account.views import (
    INTERNAL_RESET_SESSION_KEY,
    ConfirmEmailView,
    PasswordResetFromKeyView,
)
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.utils.decorators import method_decorator

from crm_portal.lib import throttle

COOKIE = "new_password"


@method_decorator(login_not_required, name="dispatch")
class NewPassword(PasswordResetFromKeyView):
    def dispatch(self, request, uidb36, key, **kwargs):
        if key == self.reset_url_key:
            request.session[INTERNAL_RESET_SESSION_KEY] = request.COOKIES.get(COOKIE, "")
        response = super().dispatch(request, uidb36, key, **kwargs)
        found = request.session.pop(INTERNAL_RESET_SESSION_KEY, "")
        # Not set while nobody has looked.
        if getattr(self, "reset_user", found) is None:
            return missed(request, response)
        if found and key != self.reset_url_key:
            self.hand_over(response, found)
        return response

    @staticmethod
    def hand_over(response, key):
        """To the browser, for the page that the response leads to and no other."""
        response.set_cookie(
            COOKIE,
            key,
            max_age=settings.PASSWORD_RESET_TIMEOUT,
            path=response.url,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


@method_decorator(login_not_required, name="dispatch")
class ConfirmedAddress(ConfirmEmailView):
    def dispatch(self, request, *args, **kwargs):
        try:
            response = super().dispatch(request, *args, **kwargs)
        except Http404:
            if throttle.note_miss(request):
                return throttle.too_many()
            raise
        if getattr(self, "object", request.method) is None:
            return missed(request, response)
        return response


def missed(request, response):
    """The page about a wrong key, or the one that asks to wait."""
    if throttle.note_miss(request):
        return throttle.too_many()
    response.status_code = 404
    return response
