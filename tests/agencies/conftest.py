import pytest

from tests.agencies.sheets import SHEET


@pytest.fixture
def real_file():
    """Real open data: 212 rows of four states, as dirty as they come."""
    return SHEET.read_bytes()
