"""The stage of the leak tests, for the doors' own checks to run on."""

from tests.doors.conftest import one_of_each, stage

__all__ = ["one_of_each", "stage"]
