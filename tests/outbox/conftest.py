import datetime as dt
import itertools

import pytest

from crm_portal.letters import KINDS
from outbox.models import Letter
from outbox.services import planning, sending
from tests.outbox.kinds import TEST_KINDS
from tests.outbox.scripted import ScriptedServer


@pytest.fixture(autouse=True)
def test_kinds(monkeypatch):
    for key, kind in TEST_KINDS.items():
        monkeypatch.setitem(KINDS, key, kind)


@pytest.fixture(autouse=True)
def database_is_old(monkeypatch, now):
    """It ran before the day on which the tests play."""
    monkeypatch.setattr(sending, "_database_began_at", lambda: now - dt.timedelta(days=1))


@pytest.fixture
def letter_for(db, now):
    """`letter_for("ann@dot.example")`: a letter that is due."""
    numbers = itertools.count(1)

    def plan(recipient="ann@dot.example", *, kind="plain", at=now, **details):
        subject = f"thing:{next(numbers)}"
        planning.plan(
            purpose="test",
            subject=subject,
            kind=kind,
            recipient=recipient,
            recipient_name="Ann Example",
            details=details,
            now=at,
        )
        return Letter.objects.get(purpose="test", subject=subject)

    return plan


@pytest.fixture
def letter(letter_for):
    return letter_for()


@pytest.fixture
def server(settings):
    """A mail server that does what a script says, one step at a time."""
    settings.SMTP_CONNECT_TIMEOUT = 1
    settings.SMTP_COMMAND_TIMEOUT = 1
    settings.SMTP_DATA_TIMEOUT = 1
    with ScriptedServer() as running:
        settings.EMAIL_HOST, settings.EMAIL_PORT = running.address
        yield running
