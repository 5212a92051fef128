"""Browsers in which somebody has signed in before. A cookie remembers them, no table does.

A known device is no key: its user still needs the password and the second factor. It only keeps
the door open that wrong passwords from elsewhere have closed (`accounts.sign_in_limits`).
"""

import secrets

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from crm_portal.lib import cookies

SECONDS = 180 * 24 * 3600
# Of a browser that several people share.
MOST_USERS = 5
_SALT = "accounts.devices"


def remember(request, response, user):
    """Let the browser know that this user has signed in there."""
    device = _device(request)
    ours = _fingerprint(user)
    others = [known for known in device["users"] if known != ours]
    device["users"] = [ours, *others][:MOST_USERS]
    value = signing.dumps(device, salt=_SALT)
    cookies.keep(response, settings.DEVICE_COOKIE_NAME, value, seconds=SECONDS)


def id_of(request, user):
    """The number of the device if this user has signed in there since the password was chosen and
    sessions were last ended; otherwise ""."""
    device = _device(request)
    ours = _fingerprint(user)
    if any(constant_time_compare(known, ours) for known in device["users"]):
        return device["id"]
    return ""


def has_cookie(request):
    return settings.DEVICE_COOKIE_NAME in request.COOKIES


def _device(request):
    try:
        cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
        return signing.loads(cookie, salt=_SALT, max_age=SECONDS)
    except signing.BadSignature:
        return {"id": secrets.token_hex(8), "users": []}


def _fingerprint(user):
    facts = f"{user.pk}:{user.password}:{user.session_version}"
    return salted_hmac(_SALT, facts, algorithm="sha256").hexdigest()[:32]
