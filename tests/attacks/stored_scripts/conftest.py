"""A world in which every text is full of payloads, an hour after everything happened."""

import datetime as dt
import logging

import pytest
import time_machine

from tests.attacks.stored_scripts import fields
from tests.attacks.stored_scripts.crowded import crowd
from tests.attacks.stored_scripts.viewer import Viewer


@pytest.fixture
def quiet():
    """What the portal logs of a thousand requests nobody reads."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def wide(db, quiet):
    """Columns take texts of any length, before anything waits for the end of the transaction."""
    fields.widen()


@pytest.fixture
def crowded(wide, world, now):
    with time_machine.travel(now + dt.timedelta(hours=1), tick=False):
        yield crowd(world, now)


@pytest.fixture
def filled(crowded):
    """The crowded world, filled. A text without a row would be shown nowhere."""
    assert fields.written_texts().keys() - fields.fill() == set()
    return crowded


@pytest.fixture
def open_viewer(browser):
    """`open_viewer(has_policy=False)`: a browser that looks at answers."""
    opened = []

    def open_one(**options):
        opened.append(Viewer(browser, **options))
        return opened[-1]

    yield open_one
    for viewer in opened:
        viewer.close()
