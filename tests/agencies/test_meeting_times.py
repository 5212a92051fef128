"""Meetings in the nights in which the clocks are changed."""

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.utils import timezone

from agencies.models import Meeting
from agencies.services import meetings
from tests.factories import NOW

LOG = "/meetings/log/"
# In Denver clocks went back on 1 November 2026 at 2:00, and forward on 8 March 2026.
FIRST = dt.datetime(2026, 11, 1, 7, 30, 20, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
INSTANTS = [FIRST - HOUR, FIRST, FIRST + HOUR, FIRST + 2 * HOUR]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def as_liaison(client, liaison):
    client.force_login(liaison)
    return client


def sent(page):
    """What a browser would send of the page's only form of a meeting, unchanged."""
    values = {"submit_key": str(uuid.uuid4()), "note": "As it was."}
    for tag in re.findall(r"<input[^>]*>", page):
        said = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_chosen = said.get("type") not in {"radio", "checkbox"} or " checked" in tag
        if is_chosen and said.get("name", "csrfmiddlewaretoken") not in {
            "csrfmiddlewaretoken", "submit_key", "find", "q",
        }:  # fmt: skip
            values[said["name"]] = said.get("value", "on" if said.get("type") == "checkbox" else "")
    return values


@pytest.mark.parametrize("held_at", INSTANTS)
def test_a_meeting_is_edited_unchanged(as_liaison, agency, liaison, held_at):
    meeting = meetings.log(agencies=[agency], mode="phone", held_at=held_at, by=liaison, now=NOW)
    address = f"/meetings/{meeting.pk}/edit/"
    answer = as_liaison.post(address, sent(as_liaison.get(address).text))
    assert (answer.status_code, Meeting.objects.get().held_at) == (302, held_at)
    assert Meeting.objects.get().note == "As it was."


def test_the_page_of_a_meeting_says_which_hour(as_liaison, agency, liaison):
    for held_at, words in ((FIRST, "1:30 AM MDT"), (FIRST + HOUR, "1:30 AM MST")):
        meeting = meetings.log(
            agencies=[agency], mode="phone", held_at=held_at, by=liaison, now=NOW
        )
        assert words in as_liaison.get(f"/meetings/{meeting.pk}/").text


def test_the_other_hour_is_chosen(as_liaison, agency, liaison):
    meeting = meetings.log(agencies=[agency], mode="phone", held_at=FIRST, by=liaison, now=NOW)
    address = f"/meetings/{meeting.pk}/edit/"
    fields = sent(as_liaison.get(address).text)
    assert fields["held_at_which"] == "first"
    as_liaison.post(address, {**fields, "held_at_which": "second"})
    assert Meeting.objects.get().held_at == FIRST.replace(second=0) + HOUR


@pytest.mark.parametrize("minutes", [-61, -1, 0, 29, 59, 60, 119, 120])
def test_a_meeting_is_logged_whatever_the_hour(client, liaison, agency, minutes):
    now = FIRST.replace(minute=0, second=0) + dt.timedelta(minutes=minutes)
    with time_machine.travel(now, tick=False):
        client.force_login(liaison)
        fields = sent(client.get(f"{LOG}?agency={agency.pk}&mode=phone").text)
        assert client.post(LOG, fields).status_code == 302
    assert Meeting.objects.get().held_at == now


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-01T01:30", "so it was 1:30 AM twice. Choose which one."),
        ("2026-03-08T02:30", "Clocks showed 3:30 AM then: write that, or another time."),
    ],
)
def test_a_time_that_is_not_one_instant_comes_back(as_liaison, agency, text, words):
    fields = {
        "agencies": agency.pk, "mode": "phone", "note": "Typed.", "held_at": text,
        "submit_key": str(uuid.uuid4()),
    }  # fmt: skip
    answer = as_liaison.post(LOG, fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="' + text + '"' in answer.text
    assert answer.text.count('name="held_at_which"') == (2 if "twice" in words else 0)


def test_a_half_written_note_and_an_undo_keep_the_hour(as_liaison, agency):
    keep = {"held_at": "2026-11-01T01:30", "held_at_which": "second", "mode": "phone"}
    as_liaison.post(
        f"{LOG}draft/?agency={agency.pk}",
        {**keep, "autosave_field": list(keep), "autosave_sequence": "1"},
    )
    page = f"{LOG}?agency={agency.pk}"
    for _ in range(2):
        fields = sent(as_liaison.get(page).text)
        assert fields["held_at_which"] == "second"
        as_liaison.post(page, fields)
        meeting = Meeting.objects.on_record().get()
        assert meeting.held_at == FIRST.replace(second=0) + HOUR
        page = as_liaison.post(f"/meetings/{meeting.pk}/withdraw/").url


def test_the_zone_is_the_readers(as_liaison, agency, liaison):
    """In Honolulu no hour is repeated: nothing is asked."""
    liaison.time_zone = "Pacific/Honolulu"
    liaison.save()
    meeting = meetings.log(agencies=[agency], mode="phone", held_at=FIRST, by=liaison, now=NOW)
    page = as_liaison.get(f"/meetings/{meeting.pk}/edit/").text
    assert "held_at_which" not in page
    as_liaison.post(f"/meetings/{meeting.pk}/edit/", sent(page))
    assert timezone.localtime(Meeting.objects.get().held_at, dt.UTC) == FIRST
