"""The two agencies, entwined, an hour after everything happened."""

import datetime as dt

import pytest
import time_machine

from tests.doors.entwined import entwine
from tests.doors.leaks import Stage


@pytest.fixture
def stage(world, now):
    """The stage of the leak tests; nothing moves, so that two looks at a page are the same."""
    with time_machine.travel(now + dt.timedelta(hours=1), tick=False):
        yield Stage(entwine(world, now), now)
