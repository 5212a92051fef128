"""What belongs to one agency never reaches the people or the liaison of another."""

import pytest
from django.urls import reverse

from tests.doors.table import DOORS, SIGNED_IN
from tests.world import SECRET


@pytest.mark.parametrize("role", ["liaison", "representative", "outsider"])
def test_no_page_of_mine_holds_their_secret(client, world, role):
    user = world.people[role]
    client.force_login(user)
    leaks, looked_at = [], 0
    for name, door in DOORS.items():
        if "GET" not in door.methods:
            continue
        answer = client.get(reverse(name, kwargs=door.kwargs(world)))
        looked_at += answer.status_code == 200
        if SECRET in body(answer):
            leaks.append(name)
    assert leaks == []
    assert looked_at >= 3


def test_their_liaison_does_read_it(client, world):
    """There is something that could leak."""
    client.force_login(world.people["other_liaison"])
    holds = [
        name
        for name, door in DOORS.items()
        if door.access != SIGNED_IN and "GET" in door.methods and not door.of
        and SECRET in body(client.get(reverse(name, kwargs=door.kwargs(world))))
    ]  # fmt: skip
    assert {"dashboards:agency_list", "feedback:action_list", "feedback:concern_list"} <= set(holds)


def body(answer):
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", "replace")
