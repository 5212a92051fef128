"""Whether this very session has shown a second factor."""

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records

_ENROLLED = "second_factor_enrolled"


def note_enrolment(request):
    """The session has set up a factor, and with it has shown it."""
    request.session[_ENROLLED] = request.user.pk


def is_shown(request):
    """Whether a code or a passkey was given in this session, or set up. That the account has one
    says nothing: the session may be older, and somebody else's."""
    if request.session.get(_ENROLLED) == request.user.pk:
        return True
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def page_to_show_it(user):
    """The address at which the user shows a factor that they have set up."""
    ways = get_adapter().get_reauthentication_methods(user)
    return next(way["url"] for way in ways if way["id"].startswith("mfa"))
