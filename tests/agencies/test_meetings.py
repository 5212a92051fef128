"""Meetings: what is on record, who reads it, and the summaries beside the agency."""

import datetime as dt

import pytest
from django.apps import apps

from agencies.models import Agency, Meeting, MeetingAgency
from agencies.services import meetings, summaries
from crm_portal.lib.refusals import Refusal, StaleRecord
from tests.factories import AgencyFactory, AssignmentFactory, MeetingFactory, PersonFactory

DAY = dt.timedelta(days=1)


def log(by, now, *agencies, **fields):
    fields = {"mode": "phone", "held_at": now, **fields}
    return meetings.log(agencies=agencies, by=by, now=now, **fields)


def summary(agency):
    agency.refresh_from_db()
    return agency.last_contact_at, agency.last_visit_at


def test_meeting_is_on_record_with_all_that_was_said(agency, agency_cio, liaison, officer, now):
    meeting = log(
        liaison, now, agency, note="Fine 😀", mood=4, people=[agency_cio], colleagues=[officer]
    )
    meeting.refresh_from_db()
    assert (meeting.note, meeting.mood, meeting.logged_by) == ("Fine 😀", 4, liaison)
    assert list(meeting.people.all()) == [agency_cio]
    assert list(meeting.colleagues.all()) == [officer]
    assert list(meeting.agencies.all()) == [agency]


def test_contact_counts_at_once_and_a_visit_only_at_the_agency(agency, liaison, now):
    log(liaison, now, agency)
    assert summary(agency) == (now, None)
    log(liaison, now, agency, mode="at_agency", held_at=now - DAY)
    assert summary(agency) == (now, now - DAY)


def test_older_meeting_does_not_make_the_last_contact_older(agency, liaison, now):
    log(liaison, now, agency)
    log(liaison, now, agency, held_at=now - 9 * DAY)
    assert summary(agency) == (now, None)


def test_meeting_needs_an_agency(liaison, now):
    with pytest.raises(Refusal, match="Choose an agency"):
        log(liaison, now)


def test_meeting_to_come_is_refused(agency, liaison, now):
    with pytest.raises(Refusal, match="still to come"):
        log(liaison, now, agency, held_at=now + DAY)


@pytest.mark.parametrize("guests", [1, 3])
def test_statements_do_not_grow_with_people(
    agency, liaison, now, guests, django_assert_num_queries
):
    people = PersonFactory.create_batch(guests, agency=agency)
    # Savepoint, meeting, place, people, summary, release.
    with django_assert_num_queries(6):
        log(liaison, now, agency, people=people)


def test_withdrawn_meeting_is_on_no_list_and_counts_nowhere(agency, cco, liaison, now):
    log(liaison, now, agency, held_at=now - 5 * DAY)
    meeting = log(liaison, now, agency, mode="at_agency")
    meetings.withdraw(meeting=meeting, by=liaison, now=now)
    assert meeting not in Meeting.objects.visible_to(cco)
    assert MeetingAgency.objects.visible_to(cco).filter(meeting=meeting).count() == 0
    assert summary(agency) == (now - 5 * DAY, None)
    assert Meeting.objects.get(pk=meeting.pk).withdrawn_at == now


def test_withdrawing_twice_is_harmless(agency, liaison, now):
    meeting = log(liaison, now, agency)
    meetings.withdraw(meeting=meeting, by=liaison, now=now)
    meetings.withdraw(meeting=meeting, by=liaison, now=now + DAY)
    assert Meeting.objects.get(pk=meeting.pk).withdrawn_at == now


def test_only_the_writer_and_editors_withdraw(agency, liaison, officer, lead, now):
    meeting = log(liaison, now, agency)
    with pytest.raises(Refusal, match="Dana Ortiz"):
        meetings.withdraw(meeting=meeting, by=officer, now=now)
    meetings.withdraw(meeting=meeting, by=lead, now=now)
    assert meeting.withdrawn_at == now


def test_edit_moves_the_meeting_to_another_agency_and_day(agency, other_agency, lead, now):
    meeting = log(lead, now, agency, mode="at_agency")
    changes = {"agencies": [other_agency], "held_at": now - DAY}
    meetings.edit(meeting=meeting, seen_version=1, changes=changes, by=lead, now=now)
    assert summary(agency) == (None, None)
    assert summary(other_agency) == (now - DAY, now - DAY)
    place = MeetingAgency.objects.get(meeting=meeting)
    assert (place.agency, place.held_at) == (other_agency, now - DAY)


def test_edit_of_the_mode_changes_the_last_visit(agency, liaison, now):
    meeting = log(liaison, now, agency)
    changes = {"mode": "at_agency"}
    meetings.edit(meeting=meeting, seen_version=1, changes=changes, by=liaison, now=now)
    assert summary(agency) == (now, now)


def test_second_editor_is_told_and_overwrites_nothing(agency, liaison, lead, now):
    meeting = log(liaison, now, agency, note="as it was")
    mine = Meeting.objects.get(pk=meeting.pk)
    meetings.edit(meeting=meeting, seen_version=1, changes={"note": "first"}, by=lead, now=now)
    with pytest.raises(StaleRecord) as stale:
        meetings.edit(meeting=mine, seen_version=1, changes={"note": "mine"}, by=liaison, now=now)
    assert stale.value.current.note == "first"
    assert Meeting.objects.get(pk=meeting.pk).note == "first"


def test_history_names_who_and_why(agency, liaison, now):
    meeting = log(liaison, now, agency)
    event = meeting.events.get()
    assert event.pgh_context.metadata["user"] == liaison.pk
    assert event.pgh_context.metadata["why"] == "log"


def test_a_meeting_leaves_no_history_at_the_agency(agency, liaison, now):
    before = agency.events.count()
    log(liaison, now, agency)
    assert agency.events.count() == before


def test_rebuilt_summaries_equal_the_kept_ones(agency, other_agency, lead, now):
    log(lead, now, agency, other_agency, mode="at_agency", held_at=now - DAY)
    log(lead, now, agency)
    kept = summary(agency), summary(other_agency)
    Agency.objects.update(last_contact_at=None, last_visit_at=now)
    summaries.rebuild()
    assert (summary(agency), summary(other_agency)) == kept
    assert kept == ((now, now - DAY), (now - DAY, now - DAY))


# ---- Who reads what ------------------------------------------------------------------------------


def test_meeting_is_visible_where_its_agency_is(agency, liaison, other_liaison, cco, now):
    meeting = MeetingFactory(at=[agency])
    assert list(Meeting.objects.visible_to(liaison)) == [meeting]
    assert list(Meeting.objects.visible_to(cco)) == [meeting]
    assert list(Meeting.objects.visible_to(other_liaison)) == []


def test_representative_reads_no_meeting_of_their_own_agency(agency, representative):
    meeting = MeetingFactory(at=[agency])
    meeting.colleagues.add(representative)
    assert list(Meeting.objects.visible_to(representative)) == []
    assert list(Agency.objects.visible_to(representative)) == [agency]


def test_restricted_note_is_for_writer_guests_and_cco(
    agency, liaison, lead, officer, cco, administrator, now
):
    meeting = log(liaison, now, agency, restricted=True, colleagues=[officer])
    readers = [
        user
        for user in [liaison, lead, officer, cco, administrator]
        if meeting in Meeting.objects.visible_to(user)
    ]
    assert readers == [liaison, officer, cco]


def test_restricted_meeting_leaves_no_trace_among_the_places(agency, liaison, lead, now):
    log(liaison, now, agency, restricted=True)
    assert list(MeetingAgency.objects.visible_to(lead)) == []


def test_liaison_sees_an_agency_only_while_assigned(office_row, lead, now):
    past = AssignmentFactory(until=dt.date(2021, 1, 1), agency=AgencyFactory())
    assert list(Agency.objects.visible_to(past.user)) == []


def test_who_was_there_has_a_history(agency, liaison, agency_cio, now):
    meeting = log(liaison, now, agency, people=[agency_cio], colleagues=[liaison])
    meeting.people.clear()
    people = apps.get_model("agencies", "MeetingPersonEvent").objects.order_by("pgh_id")
    assert list(people.values_list("pgh_label", "person")) == [
        ("insert", agency_cio.pk),
        ("delete", agency_cio.pk),
    ]
    colleagues = apps.get_model("agencies", "MeetingColleagueEvent").objects
    assert colleagues.get().pgh_context.metadata["user"] == liaison.pk
