"""Sessions in a table that opens and tells nothing: it holds a hash of what stands in the cookie,
and what the session knows, like the secret of a second factor that is being set up, encrypted."""

import hashlib
import json
from datetime import timedelta

from django.contrib.sessions.backends import db
from django.utils import timezone

from crm_portal.corrections import TOLERANCE
from crm_portal.lib import encryption


class SessionStore(db.SessionStore):
    """Django's store, under another key. Its asynchronous half is not used here."""

    def encode(self, session_dict):
        return encryption.encrypt(json.dumps(session_dict))

    def decode(self, session_data):
        """A session whose key is gone, or that an older portal wrote, has ended."""
        try:
            return json.loads(encryption.decrypt(session_data))
        except (encryption.CannotDecrypt, ValueError):
            return {}

    def _get_session_from_db(self):
        # None lasts longer than that: one with a later date was made by a clock that was ahead.
        now = timezone.now()
        row = self.model.objects.filter(
            session_key=stored(self.session_key),
            expire_date__range=(now, now + self._longest()),
        ).first()
        if row is None:
            self._session_key = None
        return row

    def _longest(self):
        return timedelta(seconds=self.get_session_cookie_age()) + TOLERANCE

    def exists(self, session_key):
        return super().exists(stored(session_key))

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.session_key = stored(row.session_key)
        return row

    def delete(self, session_key=None):
        key = self.session_key if session_key is None else session_key
        if key is not None:
            super().delete(stored(key))


def stored(session_key):
    """What the table knows the session by. Its column has 40 places: 160 bits."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]
