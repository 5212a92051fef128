"""What only some may do to a row that they see (tests/doors/deeds.py)."""

import pytest

from tests.doors import deeds


@pytest.mark.parametrize("check", deeds.CHECKS)
def test_only_those_may_who_should(stage, check):
    assert list(deeds.CHECKS[check](stage)) == []
