import pytest

from tests.interleaved.scheduler import Scheduler


@pytest.fixture
def scheduler(transactional_db):
    """Lets up to three operations take turns at every statement."""
    running = Scheduler(players=3)
    yield running
    running.leave()
