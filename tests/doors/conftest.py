"""The two agencies, entwined, an hour after everything happened."""

import datetime as dt

import pytest
import time_machine

from agencies.models import AgencyDomain
from tests import factories as make
from tests.doors.entwined import entwine
from tests.doors.leaks import Stage


@pytest.fixture
def stage(world, now):
    """The stage of the leak tests; nothing moves, so that two looks at a page are the same."""
    with time_machine.travel(now + dt.timedelta(hours=1), tick=False):
        yield Stage(entwine(world, now), now)


@pytest.fixture
def one_of_each(world):
    """Of what the small world does not have and the admin site shows."""
    AgencyDomain.objects.create(agency=world.mine.agency, domain="dot.example")
    make.HolidayFactory(date=make.TODAY)
    return world
