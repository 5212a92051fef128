"""A real worker on the real broker, in a thread of the test, whose clock it shares."""

import pytest
from celery.contrib.testing.worker import start_worker

from crm_portal.celery import app


@pytest.fixture
def worker(transactional_db):
    """A Celery worker that hears every doorbell until the test ends. The queue starts empty."""
    app.control.purge()
    app.loader.import_default_modules()
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="WARNING") as running:
        yield running
