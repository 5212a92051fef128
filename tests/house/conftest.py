"""The fixtures of the restore drill."""

import io
import shutil
import socket
import uuid
from dataclasses import dataclass

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db import connection

from accounts.models import AddressChange, Draft, Holiday, Installation, Submission
from agencies.models.imports import AgencyDomain
from crm_portal.embedded.processes import ask_to_stop, wait_or_kill
from crm_portal.embedded.sockets import socket_folder
from crm_portal.lib import links
from crm_portal.management.commands import restore
from outbox.models import Letter
from tests.house.second import NAME, PASSWORD, DistantPostgres, ask_nothing, put, rows, shape
from tests.test_conventions import our_models


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("second")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = DistantPostgres(
        port=port,
        data=folder / "postgres",
        sockets=socket_folder(folder) / "postgres",
        log=folder / "postgres.log",
    )
    running.prepare()
    process = running.start()
    running.wait(process)
    running.ask_for_password()
    yield running
    ask_to_stop(process, running.stop_signal)
    wait_or_kill(process, 20)
    shutil.rmtree(socket_folder(folder))


@pytest.fixture
def empty(server):
    """The address of an empty database on the second server."""
    for name in server.databases():
        server.drop_database(name)
    server.create_database(NAME)
    with server.connect() as session:
        session.execute(f"ALTER ROLE {server.user} NOCREATEDB")
        session.execute(f'ALTER DATABASE "{NAME}" OWNER TO {server.user}')
    return server.url(NAME)


@pytest.fixture
def command(restored, monkeypatch):
    """`manage.py restore …` in this process; gives what it says."""
    monkeypatch.setattr(restore, "connection", restored)

    def call(*words):
        out = io.StringIO()
        call_command("restore", *map(str, words), stdout=out)
        restored.close()
        return out.getvalue()

    return call


@pytest.fixture
def in_use(server, empty, restored, backup):
    """The address of a database with the backup and one thing more in it, whose owner may make
    others."""
    if not _filled:
        put(restored, backup)
        ask_nothing(restored, "UPDATE accounts_user SET name = 'Before' WHERE role = 'cco'")
        restored.close()
        copy(server, NAME, FILLED)
        _filled.append(FILLED)
    server.drop_database(NAME)
    copy(server, FILLED, NAME)
    with server.connect() as session:
        session.execute(f"ALTER ROLE {server.user} CREATEDB")
    return empty


FILLED = "a copy"
_filled = []


def copy(server, source, target):
    with server.connect() as session:
        session.execute(
            f'CREATE DATABASE "{target}" TEMPLATE "{source}" OWNER {server.user} STRATEGY file_copy'
        )


@pytest.fixture
def restored(server, django_db_setup, django_db_blocker):
    """Django's way into the database there."""
    other = connection.copy()
    other.settings_dict = {
        **connection.settings_dict,
        "NAME": NAME,
        "HOST": "127.0.0.1",
        "PORT": str(server.port),
        "USER": server.user,
        "PASSWORD": server.password,
    }
    with django_db_blocker.unblock():
        yield other
        other.close()


@pytest.fixture
def full_world(world, now, today):
    """The small world, and what it leaves out."""
    cco = world.people["cco"]
    cco.set_password(PASSWORD)
    cco.save()
    EmailAddress.objects.create(user=cco, email=cco.email, verified=True, primary=True)
    AddressChange.objects.create(
        user=cco, new_address="c@oit.example", asked_at=now, **links.issue("address")
    )
    Authenticator.objects.create(user=cco, type="recovery_codes", data={"seed": "x"})
    Holiday.objects.create(date=today, name="Statehood Day")
    Installation.objects.create(pk=1)
    Draft.objects.create(user=cco, form="meeting", fields={"note": "Half a"}, saved_at=now)
    Submission.objects.create(user=cco, key=uuid.uuid4(), payload_hash="0" * 64, created_at=now)
    AgencyDomain.objects.create(agency=world.mine.agency, domain="dot.example.gov")
    world.mine.meeting.colleagues.add(cco)
    Letter.objects.create(
        purpose="survey",
        subject=f"invitation:{world.mine.invitation.pk}",
        kind="reminder",
        seq=1,
        recipient=world.mine.person.email,
        planned_at=now,
        due_at=now,
        next_try_at=now,
        message_id="<waits@test>",
    )
    Letter.objects.filter(seq=1).update(reason="The mail server was busy.", attempt=1)
    return full(world)


def full(world):
    """The drill covers a table only if there is something in it."""
    empty = [model._meta.label for model in our_models() if not model._base_manager.exists()]
    assert empty == [], "Give `full_world` a row of each."
    return world


@dataclass(frozen=True)
class Original:
    """The archive of the full world, and what was in the database of which it was made."""

    archive: bytes
    rows: dict
    shape: dict


_made = []


@pytest.fixture
def original(transactional_db, request, tmp_path_factory):
    """Made by the first test that asks for it: making a world takes longer than a restore."""
    if not _made:
        request.getfixturevalue("full_world")
        file = tmp_path_factory.mktemp("original") / "archive"
        call_command("backup", file)
        _made.append(Original(file.read_bytes(), rows(connection), shape(connection)))
    return _made[0]


@pytest.fixture
def backup(original, tmp_path):
    file = tmp_path / "a backup.dump"
    file.write_bytes(original.archive)
    return file
