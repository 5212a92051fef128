"""Nobody is offered a link or a form that would be refused."""

import pytest

from tests.doors.offers import refused_offers, refused_to_who_only_reads
from tests.doors.readers import ROLES
from tests.doors.table import DOORS


@pytest.mark.parametrize("role", ROLES)
def test_nobody_is_offered_what_they_may_not_do(stage, role):
    refused = [offer for name in DOORS for offer in refused_offers(stage, role, name)]
    assert refused == []


def test_who_only_reads_is_offered_nothing_else(stage):
    refused = [offer for name in DOORS for offer in refused_to_who_only_reads(stage, name)]
    assert refused == []
