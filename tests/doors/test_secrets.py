"""What belongs to one agency never reaches the people or the liaison of another: not by a page or
a part of it, a filter, a search, an export, a form, an error, or a count."""

import pytest

from tests.doors import leaks
from tests.doors.readers import ADMINISTRATOR, CCO, READERS
from tests.doors.table import DOORS


@pytest.mark.parametrize("reader", READERS)
def test_nothing_of_another_agency_leaks(stage, reader, figure):
    faults = list(leaks.everywhere(stage, READERS[reader]))
    figure(f"{reader}: {len(faults)} leaks in {stage.looks} answers of {len(DOORS)} doors")
    assert faults == []


def test_restricted_notes_are_kept_from_the_administrator(stage):
    faults = [fault for name in DOORS for fault in leaks.leaks(stage, ADMINISTRATOR, name, "told")]
    assert faults == []


# Where somebody who sees both agencies is told so by each check: there is something to leak.
AWAKE = {
    "told": ["dashboards:agency_list", "feedback:action_export", "agencies:meeting_picker"],
    "searched": ["dashboards:search", "agencies:meetings"],
    "sent": ["agencies:meeting_edit", "feedback:concern_reply"],
    "noticed": ["dashboards:home", "feedback:concern_list"],
}


@pytest.mark.parametrize("check", AWAKE)
def test_each_check_is_awake(stage, check):
    asleep = [name for name in AWAKE[check] if not any(leaks.leaks(stage, CCO, name, check))]
    assert asleep == []
