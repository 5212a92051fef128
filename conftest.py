"""Starts the servers of a test run before Django reads its settings."""

import os

import django
import pytest

pytest.register_assert_rewrite("tests.servers")

from tests import servers  # noqa: E402

servers.start()
django.setup()
servers.let_others_give_way()
# A worker of a parallel run would find it and read the settings before its own servers are known.
os.environ.pop("DJANGO_SETTINGS_MODULE")

pytest_plugins = [
    "tests.servers",
    "tests.browser",
    "tests.cast",
    "tests.worker",
    "tests.world",
    "tests.figures",
]


def pytest_configure(config):
    # A server with throw-away data is thrown away as a whole.
    if servers.is_throw_away():
        config.option.reuse_db = True


def pytest_unconfigure(config):
    servers.stop()
