"""Nobody is offered a link or a form that would be refused."""

import pytest

from tests.doors.offers import refused_offers
from tests.doors.readers import ROLES
from tests.doors.table import DOORS


@pytest.mark.parametrize("role", ROLES)
def test_nobody_is_offered_what_they_may_not_do(stage, role):
    refused = [offer for name in DOORS for offer in refused_offers(stage, role, name)]
    assert refused == []
