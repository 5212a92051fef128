"""Every address × every role × every method equals the declared table (tests/doors/table.py)."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.permissions import GRANTS, Permission, Role
from tests.doors import walk
from tests.doors.readers import ROLES
from tests.doors.table import DOORS, GROUPS, PUBLIC, SIGNED_IN

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"]
ROLE_OF = {"lead": "liaison_lead", "other_liaison": "liaison", "outsider": "liaison"}
REFUSED = {
    302: "sign in", 401: "sign in", 403: "not allowed", 404: "not there", 405: "no such method",
}  # fmt: skip


def test_every_address_is_declared():
    assert sorted(set(walk.names())) == sorted(DOORS)


@pytest.mark.parametrize("group", GROUPS)
def test_an_address_opens_for_whom_it_should(world, group, figure):
    clients, doors = browsers(world), GROUPS[group]
    wrong = [fault for name in doors for fault in wrong_answers(clients, world, name)]
    figure(f"{group}: {len(doors)} addresses × {len(clients)} roles × {len(METHODS)} methods")
    assert wrong == []


def test_every_role_is_asked():
    assert {ROLE_OF.get(role, role) for role in ROLES} == set(Role.values)


def browsers(world):
    """{role: a browser that is signed in so}; None is signed out."""
    clients = {role: Client() for role in [None, *ROLES]}
    for role in ROLES:
        clients[role].force_login(world.people[role])
    return clients


def wrong_answers(clients, world, name):
    """A sentence for each role and method that the address answers otherwise than declared."""
    door = DOORS[name]
    address = reverse(name, kwargs=door.kwargs(world))
    for role, client in clients.items():
        for method in METHODS:
            seen = outcome(ask(client, method, address))
            wanted = expected(door, role, method, world)
            if seen != wanted:
                yield f"{method} {address} by {role}: {seen} instead of {wanted}"


def ask(client, method, address):
    """The answer; what the request changed is undone, so that the next finds the same world."""
    with transaction.atomic():
        answer = client.generic(method, address)
        transaction.set_rollback(True)
    return answer


def outcome(answer):
    """What the answer means: one of REFUSED, "broken", or "opens"."""
    if answer.status_code >= 500:
        return "broken"
    if answer.status_code == 302 and not answer.url.startswith("/accounts/login/"):
        return "opens"
    return REFUSED.get(answer.status_code, "opens")


def expected(door, role, method, world):
    """What the table says. Who may not, learns nothing about methods or rows."""
    if door.access == PUBLIC:
        return door.alone if method in door.all_methods else "no such method"
    if role is None:
        return "sign in"
    user = world.people[role]
    if door.access != SIGNED_IN and Permission(door.access) not in GRANTS[user.role]:
        return "not allowed"
    if method not in door.all_methods:
        return "no such method"
    return "not there" if door.is_hidden_from(role) else door.alone
