"""What a thief of the database and of the logs could read: the words of a dump, unwrapped."""

import base64
import binascii
import io
import logging
import os
import re
import subprocess
import zlib
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from django.core import signing
from django.db import connection

from accounts.models import AddressChange
from crm_portal.embedded.postgres import BINARIES
from crm_portal.lib import links
from feedback.models import ReportBack
from surveys.models import Invitation

# Letters of base64 and of hexadecimal numbers, with the dot that marks what Django has squeezed.
WRAPPED = re.compile(r"\.?[A-Za-z0-9_+/=-]{24,}")
WORD = re.compile(r"[A-Za-z0-9_-]{20,}")
SIGNED = re.compile(r"[.\w-]+:[\w-]+:[\w-]+")
PURPOSES = {"survey": Invitation, "report_back": ReportBack, "address": AddressChange}


def database_url():
    """The address of this process's test database."""
    name = connection.settings_dict["NAME"]
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def dump():
    """Everything that the database holds, as text."""
    command = [BINARIES / "pg_dump", "--data-only", "--no-owner", database_url()]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@contextmanager
def logged():
    """Whatever the portal's own handlers write meanwhile, as they write it."""
    written = io.StringIO()
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    handlers = {
        handler
        for logger in loggers
        for handler in logger.handlers
        if type(handler) is logging.StreamHandler
    }
    assert handlers
    before = {handler: handler.setStream(written) for handler in handlers}
    try:
        yield written
    finally:
        for handler, stream in before.items():
            handler.setStream(stream)


def unwrapped(text):
    """The text and what is hidden in it by base64, hexadecimal numbers and compression."""
    pieces = [text]
    for piece in set(WRAPPED.findall(text)):
        bare = piece.removeprefix(".").rstrip("=")
        for unwrap in (base64.urlsafe_b64decode, base64.b64decode, binascii.unhexlify):
            with suppress(ValueError):
                inner = unwrap(bare + "=" * (-len(bare) % 4))
                pieces.append(inner.decode("latin-1"))
                with suppress(zlib.error):
                    pieces.append(zlib.decompress(inner).decode("latin-1"))
    return "\n".join(pieces)


def usable(text, keys):
    """What of the text opens a link: mailed keys, keys of any row, and cookies of a visit."""
    text = unwrapped(text)
    found = {key for key in keys if key in text}
    for purpose, model in PURPOSES.items():
        known = set(model.objects.values_list("token_hash", flat=True))
        found |= {word for word in set(WORD.findall(text)) if links.fingerprint(word) in known}
        for cookie in set(SIGNED.findall(text)):
            with suppress(signing.BadSignature):
                signing.loads(cookie, salt=purpose)
                found.add(cookie)
    return sorted(found)
