"""Nobody is offered a link or a form that would be refused."""

import pytest

from tests.doors.offers import refused_offers
from tests.doors.table import DOORS
from tests.doors.test_matrix import ROLES


@pytest.mark.parametrize("role", ROLES)
def test_nobody_is_offered_what_they_may_not_do(client, stage, role):
    client.force_login(stage.world.people[role])
    refused = [offer for name in DOORS for offer in refused_offers(client, stage.world, role, name)]
    assert refused == []
