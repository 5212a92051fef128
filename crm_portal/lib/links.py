"""Personal links in letters: no account needed, nothing usable stored.

The token is an HMAC over a row's random salt and epoch, so a letter can be written again from
the row, but a stolen database holds only the token's hash. Raising the epoch revokes the link.
A visit exchanges the token for a signed cookie at once, so that the address bar, the history
and the Referer header show a clean address.
"""

import base64
import hashlib
import hmac
import secrets
import uuid

from django.conf import settings
from django.core import signing
from django.db import connection

from crm_portal.lib import cookies

COOKIE_SECONDS = 12 * 3600


def issue(purpose):
    """The columns of a new link: pass them to the model that has them."""
    salt, key_id, epoch = secrets.token_hex(16), next(iter(settings.LINK_KEYS)), 1
    token = _token(purpose, salt, epoch, key_id)
    return {
        "public_id": uuid.uuid4(),
        "salt": salt,
        "epoch": epoch,
        "key_id": key_id,
        "token_hash": fingerprint(token),
    }


def renew(purpose, row):
    """Set the columns for a new link on the row, unsaved; the old link stops working."""
    row.key_id = next(iter(settings.LINK_KEYS))
    row.epoch += 1
    row.token_hash = fingerprint(token_of(purpose, row))


def token_of(purpose, row):
    """The secret of this row's link; for letters only."""
    return _token(purpose, row.salt, row.epoch, row.key_id)


def fingerprint(token):
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_issued(model, token):
    """Whether the token opens some row of the model, however old. Asked once for each guess of a
    flood, so in SQL, which is ten times cheaper than making it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM {model._meta.db_table} WHERE token_hash = %s",  # noqa: S608
            [fingerprint(token)],
        )
        return cursor.fetchone() is not None


def _token(purpose, salt, epoch, key_id):
    key = settings.LINK_KEYS[key_id].encode()
    digest = hmac.digest(key, f"{purpose}:{salt}:{epoch}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def remember(response, *, purpose, row, path):
    """Put the visit into a signed cookie that is only sent to this row's own pages."""
    value = signing.dumps(row.token_hash, salt=purpose)
    cookies.keep(response, purpose, value, seconds=COOKIE_SECONDS, path=path)


def remembered(request, *, purpose):
    """The token hash from the visit's cookie, or None. The row must still carry the same."""
    try:
        return signing.loads(request.COOKIES.get(purpose, ""), salt=purpose, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return None
