"""Whose rows a query gives, and to whom a letter goes (tests/doors/rows.py)."""

import pytest

from agencies.models import Meeting
from tests.doors import rows
from tests.doors.leaks import scoped_models


@pytest.mark.parametrize("check", rows.CHECKS)
def test_rows_stay_with_whom_they_belong_to(stage, check):
    assert list(rows.CHECKS[check](stage)) == []


def test_the_checks_look_at_something(stage):
    """Every model that can be hidden has a row of each agency, so that there is one to hide."""
    world = stage.world
    bare = [
        (model._meta.label, name)
        for model in scoped_models()
        for name in ("liaison", "other_liaison", "cco")
        if model._meta.label not in {"outbox.Letter", "agencies.AgencyDomain"}
        and not model.objects.visible_to(world.people[name]).exists()
    ]
    assert bare == []
    assert Meeting.objects.visible_to(world.people["cco"]).count() >= 5
