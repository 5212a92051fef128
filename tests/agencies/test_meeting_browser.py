"""The meeting form in a real browser: on a phone at the door, on a desk, without a script."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from agencies.models import Meeting
from tests.doors.test_axe import AXE, faults
from tests.factories import AgencyFactory, MeetingFactory, PersonFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_liaison_logs_a_meeting_with_one_thumb(page_as, liaison, agency):
    page = page_as(liaison, "/meetings/log/", width=360, height=740, has_touch=True)
    page.get_by_role("checkbox", name="Department of Transport").tap()
    page.get_by_role("radio", name="At their place").tap()
    page.get_by_role("radio", name="Mixed").tap()
    page.get_by_label("Note").fill("They want **notices**.")
    page.get_by_role("button", name="Save the meeting").tap()
    expect(page.get_by_text("1 meeting with 1 agency was saved.")).to_be_visible()
    meeting = Meeting.objects.get()
    assert (meeting.mode, meeting.mood, list(meeting.agencies.all())) == ("at_agency", 3, [agency])
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    page.get_by_role("button", name="Undo").tap()
    expect(page.get_by_text("The meeting was taken back.")).to_be_visible()


def test_half_written_note_survives_a_reload(page_as, liaison, agency):
    page = page_as(liaison, "/meetings/log/", width=360)
    page.get_by_label("Department of Transport").check()
    page.get_by_label("Note").fill("Half of it")
    expect(page.locator("[data-autosave-status]")).to_have_text(re.compile("Kept "))
    page.reload()
    expect(page.get_by_label("Note")).to_have_value("Half of it")
    expect(page.get_by_label("Department of Transport")).to_be_checked()
    expect(page.get_by_text("Your half-written note")).to_be_visible()


def test_typing_finds_the_agency_and_its_people(page_as, cco):
    for letter in "ABCDEFGHIJ":
        PersonFactory(agency=AgencyFactory(name=f"Bureau {letter}"), name=f"Person of {letter}")
    page = page_as(cco, "/meetings/log/")
    page.get_by_label("Find by name").fill("bureau g")
    page.get_by_label("Bureau G").check()
    page.get_by_label("Find by name").fill("bureau h")
    page.get_by_label("Bureau H").check()
    page.get_by_text("More: who was there").click()
    people = page.locator("#people-picker")
    expect(people.get_by_label("Person of H")).to_be_visible()
    people.get_by_label("Person of G").check()
    page.get_by_role("radio", name="Phone").check()
    page.get_by_role("button", name="Save the meeting").click()
    expect(page.get_by_text("1 meeting with 2 agencies was saved.")).to_be_visible()
    assert [person.name for person in Meeting.objects.get().people.all()] == ["Person of G"]


def test_without_a_script_typing_finds_it_too(page_as, cco):
    for letter in "ABCDEFGHIJ":
        AgencyFactory(name=f"Bureau {letter}")
    page = page_as(cco, "/meetings/log/", java_script_enabled=False)
    page.get_by_label("Find by name").fill("bureau g")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_label("Bureau G").check()
    page.get_by_role("radio", name="Phone").check()
    page.get_by_role("button", name="Save the meeting").click()
    expect(page.get_by_text("1 meeting with 1 agency was saved.")).to_be_visible()


def test_the_hour_that_came_twice_is_chosen_with_and_without_a_script(page_as, liaison, agency):
    held_at = dt.datetime(2025, 11, 2, 8, 30, tzinfo=dt.UTC)
    meeting = MeetingFactory(at=[agency], held_at=held_at, logged_by=liaison)
    for scripted in (True, False):
        page = page_as(liaison, f"/meetings/{meeting.pk}/edit/", java_script_enabled=scripted)
        page.locator("summary", has_text="More").click()
        expect(page.get_by_label("the second time")).to_be_checked()
        if scripted:
            page.evaluate(AXE.read_text())
            assert faults(page) == []
        page.get_by_text("the first time, before the clocks went back").click()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("1:30 AM MDT")).to_be_visible()
        meeting.refresh_from_db()
        assert meeting.held_at == held_at - dt.timedelta(hours=1)
        meeting.held_at = held_at
        meeting.save()
