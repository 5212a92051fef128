"""How a view says who may call it. Every view carries exactly one of these, outermost.

`LoginRequiredMiddleware` has already turned away whoever is not signed in, except where
`public` says otherwise. A view without a declaration fails `tests/test_conventions.py`.
"""

import functools

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied


def require(permission):
    """Only users whose role grants the permission; 403 for others."""

    def decorate(view):
        @functools.wraps(view)
        def checked(request, *args, **kwargs):
            if not request.user.may(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        checked.access = permission.value
        return checked

    return decorate


def signed_in(view):
    """Everybody who is signed in."""
    view.access = "signed in"
    return view


def public(why):
    """Everybody, for the reason given: the page checks a personal link, or tells no secret."""

    def decorate(view):
        view = login_not_required(view)
        view.access = f"public: {why}"
        return view

    return decorate
