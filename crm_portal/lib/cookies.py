"""Cookies that hold what no script and no other site may have."""

from django.conf import settings


def keep(response, name, value, *, seconds, path="/", samesite="Lax"):
    """Give the browser a cookie for so many seconds, for this path and what is below it."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite=samesite,
    )
