"""Texts that the database must keep and that a copy of it must not tell.

The keys stand in the environment (`ENCRYPTION_KEYS`), so neither a dump nor the admin site shows
what is encrypted. The text says which key it needs; the first of the setting encrypts.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_MARK = "enc"


class CannotDecrypt(Exception):
    """The key is not among ENCRYPTION_KEYS any more, or the text was changed."""


def encrypt(text):
    """The text as it may be stored: `enc:<id of the key>:<token>`. Differs on each call."""
    key_id = newest_key()
    return f"{_MARK}:{key_id}:{_cipher(key_id).encrypt(text.encode()).decode()}"


def decrypt(stored):
    """What was encrypted. Raises CannotDecrypt, also for a text that never was encrypted."""
    mark, _colon, rest = stored.partition(":")
    key_id, _colon, token = rest.partition(":")
    try:
        if mark != _MARK:
            raise InvalidToken
        return _cipher(key_id).decrypt(token).decode()
    except (KeyError, InvalidToken):
        raise CannotDecrypt("No key of ENCRYPTION_KEYS fits, or the text was changed.") from None


def is_encrypted(stored):
    return stored.startswith(f"{_MARK}:")


def prefix_of_newest():
    """How everything begins that the newest key has encrypted."""
    return f"{_MARK}:{newest_key()}:"


def newest_key():
    return next(iter(settings.ENCRYPTION_KEYS))


def _cipher(key_id):
    secret = settings.ENCRYPTION_KEYS[key_id].encode()
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"crm_portal.encryption")
    return Fernet(base64.urlsafe_b64encode(derive.derive(secret)))
