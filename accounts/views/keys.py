"""The page that a key in a letter opens: a new password.

It is allauth's own, and two things more. Wrong keys are counted and slowed down, like those of
personal links. And a key that waits for its form is kept by the browser: allauth keeps it in the
session, which is a row, and who stole the row could use it.
"""

from allauth.account.views import (
    INTERNAL_RESET_SESSION_KEY,
    PasswordResetFromKeyView,
)
from django.conf import settings

from accounts import devices
from crm_portal.lib import cookies, throttle

COOKIE = "new_password"


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

    def form_valid(self, form):
        """Who has the letter gets in, whatever wrong passwords came from elsewhere."""
        response = super().form_valid(form)
        devices.remember(self.request, response, self.reset_user)
        return response

    @staticmethod
    def hand_over(response, key):
        """To the browser, for the page that the response leads to and no other."""
        seconds = settings.PASSWORD_RESET_TIMEOUT
        cookies.keep(response, COOKIE, key, seconds=seconds, path=response.url)


def missed(request, response):
    """The page about a wrong key, or the one that asks to wait."""
    if throttle.note_miss(request):
        return throttle.too_many()
    response.status_code = 404
    return response
