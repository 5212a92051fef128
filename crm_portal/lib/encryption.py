"""Texts that the database must keep and that a copy of it must not tell.

The keys stand in the environment (`ENCRYPTION_KEYS`), so neither a dump nor the admin site shows
what is encrypted. The text says which key it needs; the first of the setting encrypts.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_MARK = "enc"
_NONCE = 12


class CannotDecrypt(Exception):
    """The key is not among ENCRYPTION_KEYS any more, or the text was changed."""


def encrypt(text):
    """As it may be stored: `enc:<id of the key>:<base64 of AES-256-GCM>`. Differs each time."""
    key_id, nonce = newest_key(), os.urandom(_NONCE)
    sealed = nonce + _cipher(key_id).encrypt(nonce, text.encode(), None)
    return f"{_MARK}:{key_id}:{base64.urlsafe_b64encode(sealed).decode()}"


def decrypt(stored):
    """What was encrypted. Raises CannotDecrypt, also for a text that never was encrypted."""
    mark, _colon, rest = stored.partition(":")
    key_id, _colon, token = rest.partition(":")
    try:
        if mark != _MARK:
            raise InvalidTag
        sealed = base64.urlsafe_b64decode(token)
        return _cipher(key_id).decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()
    except (KeyError, ValueError, InvalidTag):
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
    return AESGCM(derive.derive(secret))
