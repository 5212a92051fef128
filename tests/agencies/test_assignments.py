"""Who looks after an agency: one primary liaison at a time, no gap by accident."""

import datetime as dt
import threading

import pytest
from django.db import connection

from agencies import queries
from agencies.models import Assignment
from agencies.services import assignments
from crm_portal.lib.refusals import Refusal
from tests.factories import AssignmentFactory, UserFactory

DAY = dt.timedelta(days=1)
PRIMARY = Assignment.Role.PRIMARY


def assign(agency, user, by, starts_on, until=None, role=PRIMARY):
    return assignments.assign(
        agency=agency, user=user, role=role, starts_on=starts_on, until=until, by=by
    )


def test_second_primary_liaison_is_refused_with_the_first_ones_name(
    agency, liaison, other_liaison, lead, today
):
    with pytest.raises(Refusal, match="Dana Ortiz is the primary liaison from January 1, 2020 on"):
        assign(agency, other_liaison, lead, today)
    assert queries.primary_liaisons([agency.pk], today) == {agency.pk: liaison}


def test_refusal_says_until_when_the_other_one_is_there(agency, other_liaison, lead, today):
    AssignmentFactory(agency=agency, starts_on=today, until=today + 9 * DAY)
    with pytest.raises(Refusal, match="from March 3, 2027 to March 12, 2027"):
        assign(agency, other_liaison, lead, today + DAY, today + 2 * DAY)


def test_backup_may_stand_beside_the_primary(agency, liaison, other_liaison, lead, today):
    assign(agency, other_liaison, lead, today, role=Assignment.Role.BACKUP)
    assert queries.primary_liaisons([agency.pk], today) == {agency.pk: liaison}
    assert queries.backup_liaisons([agency.pk], today) == {agency.pk: other_liaison}


def test_hand_over_leaves_no_gap_and_no_overlap(agency, liaison, other_liaison, lead, today):
    assignments.hand_over(agency=agency, to=other_liaison, on=today, by=lead)
    assert queries.primary_liaisons([agency.pk], today - DAY) == {agency.pk: liaison}
    assert queries.primary_liaisons([agency.pk], today) == {agency.pk: other_liaison}


def test_hand_over_keeps_the_end_that_was_planned(agency, other_liaison, lead, today):
    AssignmentFactory(agency=agency, starts_on=today - DAY, until=today + 9 * DAY)
    new = assignments.hand_over(agency=agency, to=other_liaison, on=today, by=lead)
    assert new.until == today + 9 * DAY


def test_hand_over_of_an_agency_without_liaison_assigns(other_agency, liaison, lead, today):
    assignments.hand_over(agency=other_agency, to=liaison, on=today, by=lead)
    assert queries.primary_liaisons([other_agency.pk], today) == {other_agency.pk: liaison}


def test_hand_over_to_the_same_person_is_refused(agency, liaison, lead, today):
    with pytest.raises(Refusal, match="is the primary liaison already"):
        assignments.hand_over(agency=agency, to=liaison, on=today, by=lead)


def test_hand_over_that_cannot_be_leaves_all_as_it_was(agency, liaison, lead, today):
    with pytest.raises(Refusal, match="Choose somebody of the office"):
        assignments.hand_over(agency=agency, to=UserFactory(is_active=False), on=today, by=lead)
    assert queries.primary_liaisons([agency.pk], today) == {agency.pk: liaison}


def test_representative_cannot_be_liaison(agency, representative, lead, today):
    with pytest.raises(Refusal, match="cannot look after an agency"):
        assign(agency, representative, lead, today, role=Assignment.Role.BACKUP)


def test_assignment_ends_on_its_last_day(agency, liaison, lead, today):
    assignment = agency.assignments.get()
    assignments.end(assignment=assignment, on=today, by=lead)
    assert queries.primary_liaisons([agency.pk], today) == {agency.pk: liaison}
    assert queries.primary_liaisons([agency.pk], today + DAY) == {}


def test_assignment_cannot_end_before_it_starts(agency, liaison, lead):
    with pytest.raises(Refusal, match="starts on January 1, 2020"):
        assignments.end(assignment=agency.assignments.get(), on=dt.date(2019, 1, 1), by=lead)


@pytest.mark.django_db(transaction=True)
def test_two_hand_overs_at_once_leave_one_primary_liaison(agency, liaison, lead, today):
    """The database decides, not our look before."""
    ready, said = threading.Barrier(2), []

    def go(user):
        ready.wait()
        try:
            assignments.hand_over(agency=agency, to=user, on=today, by=lead)
            said.append("done")
        except Refusal as refusal:
            said.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[user]) for user in UserFactory.create_batch(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count("done") == 1
    assert agency.assignments.primary().on(today).count() == 1
