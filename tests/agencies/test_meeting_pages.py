"""Log a meeting at the door, read it, correct it, take it back."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import Draft, User
from accounts.services import drafts, submissions
from agencies.models import Meeting, MeetingAgency
from agencies.services import meetings
from tests.factories import AgencyFactory, MeetingFactory, PersonFactory

pytestmark = pytest.mark.django_db
LOG = "/meetings/log/"


@pytest.fixture(autouse=True)
def at_that_time(now, time_machine):
    time_machine.move_to(now)


@pytest.fixture
def as_liaison(client, liaison):
    client.force_login(liaison)
    return client


@pytest.fixture
def as_cco(client, cco):
    client.force_login(cco)
    return client


def form(*agencies, **fields):
    return {
        "agencies": [agency.pk for agency in agencies],
        "mode": "phone",
        "held_at": "2027-03-02T10:00",
        "submit_key": str(uuid.uuid4()),
        **fields,
    }


# ---- Logging -------------------------------------------------------------------------------------


def test_two_fields_are_enough(as_liaison, agency):
    fields = form(agency)
    answer = as_liaison.post(LOG, fields, follow=True)
    meeting = Meeting.objects.get()
    assert answer.redirect_chain == [
        (f"/meetings/{meeting.pk}/?logged={fields['submit_key']}", 302)
    ]
    assert "1 meeting with 1 agency was saved." in answer.text
    assert (meeting.mode, list(meeting.agencies.all())) == ("phone", [agency])


def test_form_shows_five_fields_and_hides_the_others(as_liaison, agency):
    page = as_liaison.get(LOG).text
    head, _more, tail = page.partition('<details class="more"')
    seen = [name for name in Meeting_FIELDS if f'name="{name}"' in head]
    assert seen == ["agencies", "mode", "mood", "note"]
    assert all(f'name="{name}"' in tail for name in ["colleagues", "held_at", "minutes"])


Meeting_FIELDS = [
    "agencies", "mode", "mood", "note", "people", "colleagues", "held_at", "minutes", "restricted",
]  # fmt: skip


def test_agency_in_the_address_is_chosen(as_liaison, agency):
    page = as_liaison.get(f"{LOG}?agency={agency.pk}").text
    assert f'value="{agency.pk}" id="id_agencies_0" checked' in page


@pytest.mark.parametrize(("way", "chosen"), [("phone", 1), ("telepathy", 0), ("", 0)])
def test_way_in_the_address_is_chosen(as_liaison, agency, way, chosen):
    page = as_liaison.get(f"{LOG}?agency={agency.pk}&mode={way}").text
    assert page.count('value="phone" id="id_mode_3" checked') == chosen


def test_way_that_was_chosen_meanwhile_goes_before_the_address(as_liaison, agency):
    keep(as_liaison, query=f"?agency={agency.pk}", mode="video")
    page = as_liaison.get(f"{LOG}?agency={agency.pk}&mode=phone").text
    assert 'value="video" id="id_mode_2" checked' in page


@pytest.mark.parametrize("number", ["0", "x", "9" * 30, "-1", "²", "1%00"])
def test_strange_agency_in_the_address_is_no_agency(as_liaison, agency, number):
    assert as_liaison.get(f"{LOG}?agency={number}").status_code == 200


def test_everything_behind_more_is_kept(as_liaison, agency, officer):
    person = PersonFactory(agency=agency)
    fields = {
        "people": [person.pk], "colleagues": [officer.pk], "minutes": "45", "restricted": "on",
        "mood": "2", "note": "**Now**",
    }  # fmt: skip
    as_liaison.post(LOG, form(agency, **fields))
    meeting = Meeting.objects.get()
    assert (meeting.minutes, meeting.restricted, meeting.mood) == (45, True, 2)
    assert list(meeting.people.all()) == [person]
    assert list(meeting.colleagues.all()) == [officer]


def test_sent_twice_it_is_one_meeting(as_liaison, agency):
    fields = form(agency)
    first, second = as_liaison.post(LOG, fields), as_liaison.post(LOG, fields)
    assert first.url == second.url
    assert Meeting.objects.count() == 1


def test_same_key_with_another_note_is_told(as_liaison, agency):
    fields = form(agency)
    as_liaison.post(LOG, fields)
    answer = as_liaison.post(LOG, {**fields, "note": "another"})
    assert answer.status_code == 422
    assert "already saved with other content" in answer.text
    assert Meeting.objects.count() == 1


@pytest.mark.parametrize("guests", [1, 3])
def test_saving_takes_the_same_few_statements(
    as_liaison, agency, officer, guests, django_assert_num_queries
):
    people = [person.pk for person in PersonFactory.create_batch(guests, agency=agency)]
    fields = form(agency, people=people, colleagues=[officer.pk])
    # Session, user, office; three checks of what was chosen; the key, sought, claimed and kept;
    # meeting, place, people, colleagues, summary; the user's turn, the draft; four savepoints,
    # twice each.
    with django_assert_num_queries(24):
        as_liaison.post(LOG, fields)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"agencies": []}, "Choose an agency."),
        ({"mode": ""}, "This field is required."),
        ({"mode": "telepathy"}, "Select a valid choice."),
        ({"mood": "9"}, "Select a valid choice."),
        ({"minutes": "0"}, "greater than or equal to 1"),
        ({"held_at": "2999-01-01T10:00"}, "This is still to come."),
        ({"held_at": "9999-12-31T23:59"}, "This is still to come."),
        ({"held_at": "0001-01-01T10:00"}, "Check the year."),
        ({"held_at": "yesterday"}, "Enter a valid date/time."),
        ({"note": "x" * 20_001}, "at most 20000 characters"),
        ({"note": "a\0b"}, "Null characters are not allowed."),
        ({"agencies": ["999999"]}, "Select a valid choice."),
        ({"agencies": ["9" * 30]}, "Select a valid choice."),
        ({"submit_key": "x"}, "Enter a valid UUID."),
    ],
)
def test_bad_input_comes_back_with_the_note_kept(as_liaison, agency, fields, said):
    note = "Kept 😀 <b>&"
    answer = as_liaison.post(LOG, {**form(agency, note=note), **fields})
    assert answer.status_code == 422
    assert said in answer.text
    assert "note" in fields or "Kept 😀 &lt;b&gt;&amp;" in answer.text
    assert Meeting.objects.count() == 0


def test_emoji_and_a_long_note_are_fine(as_liaison, agency):
    note = "😀" * 20_000
    as_liaison.post(LOG, form(agency, note=note))
    assert Meeting.objects.get().note == note


def test_another_ones_agency_cannot_be_chosen(as_liaison, agency, other_agency):
    answer = as_liaison.post(LOG, form(other_agency))
    assert answer.status_code == 422
    assert other_agency.name not in answer.text


def test_person_of_another_agency_is_refused_by_name(as_cco, agency, other_agency):
    person = PersonFactory(agency=other_agency)
    answer = as_cco.post(LOG, form(agency, people=[person.pk]))
    assert answer.status_code == 422
    assert f"{person.name} belongs to Department of Revenue" in answer.text


def test_representative_may_not_log(client, representative, agency):
    client.force_login(representative)
    assert client.post(LOG, form(agency)).status_code == 403


# ---- Finding the agency --------------------------------------------------------------------------


@pytest.fixture
def many_agencies(office_row):
    return [AgencyFactory(name=f"Bureau of Thing {letter}") for letter in "ABCDEFGHIJ"]


def test_recent_agencies_come_first(as_cco, cco, many_agencies, now):
    meetings.log(agencies=[many_agencies[7]], mode="phone", held_at=now, by=cco, now=now)
    page = as_cco.get(LOG).text
    assert [a.name in page for a in many_agencies] == [a == many_agencies[7] for a in many_agencies]


def test_typed_name_counts_without_a_script_where_it_means_one(as_cco, many_agencies):
    as_cco.post(LOG, form(find="thing c"))
    assert MeetingAgency.objects.get().agency == many_agencies[2]


def test_typed_name_that_means_several_asks_which(as_cco, many_agencies):
    answer = as_cco.post(LOG, form(find="thing"))
    assert answer.status_code == 422
    assert "Which of these do you mean?" in answer.text
    assert "Bureau of Thing A" in answer.text


def test_invisible_character_in_the_name_is_no_error_of_ours(as_cco, many_agencies):
    assert as_cco.post(LOG, form(find="\0thing c", look="1")).status_code == 200


def test_typed_name_that_means_none_says_so(as_cco, many_agencies):
    answer = as_cco.post(LOG, form(find="ministry"))
    assert "No agency matches “ministry”. Try another spelling." in answer.text


def test_find_button_looks_without_saving_or_complaining(as_cco, many_agencies):
    answer = as_cco.post(LOG, form(find="thing c", look="1", mode="", note="half"))
    assert answer.status_code == 200
    assert "Bureau of Thing C" in answer.text
    assert "half" in answer.text
    assert "Please look at this again" not in answer.text


def test_acronym_and_other_spelling_find_it(as_cco, many_agencies):
    many_agencies[3].spellings.create(state="CO", spelling="TH-D", reason="x")
    part = as_cco.get("/meetings/log/picker/?part=agencies&find=th-d").text
    assert "Bureau of Thing D" in part
    assert "<html" not in part


def test_search_shows_no_agency_of_others(as_liaison, agency, other_agency):
    part = as_liaison.get("/meetings/log/picker/?part=agencies&find=department").text
    assert (agency.name in part, other_agency.name in part) == (True, False)


def test_chosen_agency_stays_while_searching(as_cco, many_agencies):
    chosen = many_agencies[0].pk
    part = as_cco.get(f"/meetings/log/picker/?find=thing b&agencies={chosen}").text
    assert "Bureau of Thing A" in part
    assert "Bureau of Thing B" in part


def test_people_follow_the_agency(as_cco, agency, other_agency):
    mine, other = PersonFactory(agency=agency), PersonFactory(agency=other_agency)
    part = as_cco.get(f"/meetings/log/picker/?part=people&agencies={agency.pk}").text
    assert (mine.name in part, other.name in part) == (True, False)


def test_people_of_another_ones_agency_are_not_told(as_liaison, other_agency):
    person = PersonFactory(agency=other_agency)
    part = as_liaison.get(f"/meetings/log/picker/?part=people&agencies={other_agency.pk}").text
    assert person.name not in part


# ---- Half-written --------------------------------------------------------------------------------


def keep(client, sequence=1, query="?agency=", **fields):
    return client.post(
        f"/meetings/log/draft/{query}",
        {"autosave_sequence": sequence, "autosave_field": list(fields), **fields},
    )


def test_half_written_note_comes_back_on_another_device(as_liaison, agency, client, liaison):
    assert keep(as_liaison, 1, note="half a").json().keys() == {"saved_at"}
    keep(as_liaison, 2, agencies=[agency.pk], mode="video")
    page = as_liaison.get(LOG).text
    assert "half a" in page
    assert "Your half-written note" in page
    assert f'value="{agency.pk}" id="id_agencies_0" checked' in page


def test_late_packet_overwrites_nothing(as_liaison, agency):
    keep(as_liaison, 5, note="new")
    keep(as_liaison, 4, note="old", mode="video")
    assert Draft.objects.get().fields == {"note": ["new"], "mode": ["video"]}


def test_two_devices_at_once_keep_each_what_is_newest_of_a_field(as_liaison):
    keep(as_liaison, 9_000, note="from a clock that is ahead")
    keep(as_liaison, 5, mode="video")
    keep(as_liaison, 6, mode="phone")
    assert Draft.objects.get().fields == {
        "note": ["from a clock that is ahead"], "mode": ["phone"],
    }  # fmt: skip


def test_each_field_of_a_packet_has_its_own_age(as_liaison):
    keep(as_liaison, 5, note="new")
    fields = {"note": "old", "mode": "video"}
    as_liaison.post(
        "/meetings/log/draft/",
        {"autosave_field": list(fields), "autosave_sequence": [4, 6], **fields},
    )
    assert Draft.objects.get().fields == {"note": ["new"], "mode": ["video"]}


def test_packet_that_comes_after_the_meeting_makes_no_draft(as_liaison, agency):
    fields = form(agency, note="all of it")
    as_liaison.post(LOG, fields)
    assert keep(as_liaison, note="all", submit_key=fields["submit_key"]).status_code == 200
    assert Draft.objects.count() == 0
    keep(as_liaison, note="the next", submit_key=str(uuid.uuid4()))
    assert Draft.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_packet_that_arrives_while_the_meeting_is_saved_makes_no_draft(liaison, now):
    """The packet waits for its turn, and then sees that the form was sent."""
    key = uuid.uuid4()

    def late_packet():
        drafts.keep_changes(
            by=liaison, form="meeting:", changes={"note": ["x"]}, sequences={"note": 1},
            submit_key=key, now=now,
        )  # fmt: skip
        connection.close()

    packet = threading.Thread(target=late_packet)

    def log():
        drafts.discard(by=liaison, form="meeting:")
        packet.start()
        packet.join(0.3)
        assert packet.is_alive()
        return "/"

    submissions.once(key=key, by=liaison, payload="", do=log, now=now)
    packet.join()
    assert Draft.objects.count() == 0


def test_note_of_one_agency_is_not_shown_at_another(as_cco, agency, other_agency):
    keep(as_cco, query=f"?agency={agency.pk}", note="about transport")
    assert "about transport" not in as_cco.get(f"{LOG}?agency={other_agency.pk}").text
    assert "about transport" in as_cco.get(f"{LOG}?agency={agency.pk}").text


def test_saved_meeting_takes_its_draft_away(as_liaison, agency):
    keep(as_liaison, note="half")
    as_liaison.post(LOG, form(agency))
    assert Draft.objects.count() == 0


def test_draft_can_be_thrown_away(as_liaison, agency):
    keep(as_liaison, note="half")
    as_liaison.post("/meetings/log/discard/", {"agency": ""})
    assert Draft.objects.count() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"autosave_sequence": "x"},
        {"autosave_sequence": -1},
        {"autosave_sequence": 1, "autosave_field": ["f"] * 41},
        {"autosave_sequence": 1, "autosave_field": ["note"], "note": "x" * 30_000},
        {"autosave_sequence": [1, 2], "autosave_field": ["note"]},
        {"autosave_sequence": [1, "x"], "autosave_field": ["note", "mode"]},
        {"autosave_sequence": 1, "submit_key": "x"},
    ],
)
def test_strange_draft_is_refused(as_liaison, fields):
    assert as_liaison.post("/meetings/log/draft/", fields).status_code == 422
    assert Draft.objects.count() == 0


def test_field_that_the_form_has_not_is_not_kept(as_liaison):
    keep(as_liaison, **{"no\0te": "x", "version": "1", "note": "y"})
    assert Draft.objects.get().fields == {"note": ["y"]}


def test_zero_byte_in_a_draft_is_left_out(as_liaison):
    assert keep(as_liaison, note="a\0b").status_code == 200
    assert Draft.objects.get().fields == {"note": ["ab"]}


# ---- Reading -------------------------------------------------------------------------------------


def test_note_is_shown_as_markdown_without_its_html(as_liaison, agency):
    meeting = MeetingFactory(at=[agency], note="**bold** <script>alert(1)</script>")
    page = as_liaison.get(f"/meetings/{meeting.pk}/").text
    assert "<strong>bold</strong>" in page
    assert "<script>alert(1)" not in page


def test_agencies_of_others_are_a_number_only(as_liaison, agency, other_agency):
    meeting = MeetingFactory(at=[agency, other_agency])
    page = as_liaison.get(f"/meetings/{meeting.pk}/").text
    assert "and 1 other" in page
    assert other_agency.name not in page


@pytest.mark.parametrize("path", ["", "edit/"])
def test_meeting_of_others_does_not_exist(client, agency, other_liaison, path):
    meeting = MeetingFactory(at=[agency])
    client.force_login(other_liaison)
    assert client.get(f"/meetings/{meeting.pk}/{path}").status_code == 404


def test_restricted_meeting_does_not_exist_for_the_lead(client, agency, liaison, lead, cco):
    meeting = MeetingFactory(at=[agency], logged_by=liaison, restricted=True, note="hush")
    client.force_login(lead)
    assert client.get(f"/meetings/{meeting.pk}/").status_code == 404
    assert "hush" not in client.get("/meetings/").text
    assert "hush" not in b"".join(client.get("/meetings/export/").streaming_content).decode()
    client.force_login(cco)
    assert client.get(f"/meetings/{meeting.pk}/").status_code == 200


def test_changes_name_who_and_what(as_liaison, agency, liaison, now):
    meeting = meetings.log(agencies=[agency], mode="phone", held_at=now, by=liaison, now=now)
    meetings.edit(meeting=meeting, seen_version=1, changes={"note": "x"}, by=liaison, now=now)
    page = as_liaison.get(f"/meetings/{meeting.pk}/").text
    assert '<div class="row-main">Dana Ortiz <span class="muted">note</span></div>' in page


# ---- Correcting ----------------------------------------------------------------------------------


def edit_form(client, meeting, **fields):
    """What the browser would send: the page's own values, then the changes."""
    initial = client.get(f"/meetings/{meeting.pk}/edit/").context["form"].initial
    sent = {name: value for name, value in initial.items() if value not in (None, False)}
    return {**sent, "submit_key": str(uuid.uuid4()), **fields}


def test_edit_changes_what_was_sent_and_nothing_else(as_liaison, agency, liaison, now):
    held_at = now.replace(second=42)
    meeting = meetings.log(
        agencies=[agency], mode="video", held_at=held_at, by=liaison, now=held_at
    )
    as_liaison.post(f"/meetings/{meeting.pk}/edit/", edit_form(as_liaison, meeting, note="more"))
    meeting.refresh_from_db()
    assert (meeting.note, meeting.mode, meeting.held_at) == ("more", "video", held_at)


def test_edit_leaves_agencies_and_people_of_others_in_place(
    as_liaison, agency, other_agency, agency_cio
):
    meeting = MeetingFactory(at=[agency, other_agency])
    stranger = PersonFactory(agency=other_agency)
    meeting.people.set([agency_cio, stranger])
    as_liaison.post(
        f"/meetings/{meeting.pk}/edit/",
        edit_form(as_liaison, meeting, agencies=[agency.pk], people=[], note="x"),
    )
    assert set(meeting.agencies.all()) == {agency, other_agency}
    assert list(meeting.people.all()) == [stranger]


def test_edit_keeps_those_who_have_left_or_are_too_many_to_list(
    as_liaison, agency, officer, other_liaison, now
):
    gone = PersonFactory(agency=agency, name="Zed Gone", left_on=now.date())
    crowd = PersonFactory.create_batch(70, agency=agency)
    inactive, moved = officer, other_liaison
    meeting = MeetingFactory(at=[agency])
    meeting.people.set([gone, crowd[-1]])
    meeting.colleagues.set([inactive, moved])
    User.objects.filter(pk=inactive.pk).update(is_active=False)
    User.objects.filter(pk=moved.pk).update(role="representative")
    page = as_liaison.get(f"/meetings/{meeting.pk}/edit/").text
    assert [person.name in page for person in (gone, crowd[-1], inactive, moved)] == [True] * 4
    fields = edit_form(as_liaison, meeting, note="a typo less")
    assert as_liaison.post(f"/meetings/{meeting.pk}/edit/", fields).status_code == 302
    assert set(meeting.people.all()) == {gone, crowd[-1]}
    assert set(meeting.colleagues.all()) == {inactive, moved}


def test_who_has_left_can_be_taken_off_a_meeting(as_liaison, agency, agency_cio, now):
    gone = PersonFactory(agency=agency, left_on=now.date())
    meeting = MeetingFactory(at=[agency])
    meeting.people.set([gone, agency_cio])
    fields = edit_form(as_liaison, meeting, people=[agency_cio.pk])
    as_liaison.post(f"/meetings/{meeting.pk}/edit/", fields)
    assert list(meeting.people.all()) == [agency_cio]


def test_who_has_left_and_is_chosen_stays_offered_when_the_agency_changes(
    as_cco, agency, other_agency, now
):
    gone = PersonFactory(agency=agency, left_on=now.date())
    path = f"/meetings/log/picker/?part=people&agencies={agency.pk}&agencies={other_agency.pk}"
    part = as_cco.get(f"{path}&people={gone.pk}").text
    assert f'value="{gone.pk}" id="id_people_0" checked' in part
    assert gone.name not in as_cco.get(path).text


def test_second_editor_sees_both_texts_and_loses_none(as_liaison, agency, lead, now):
    meeting = MeetingFactory(at=[agency], note="as it was")
    fields = edit_form(as_liaison, meeting, note="my long text")
    meetings.edit(meeting=meeting, seen_version=1, changes={"note": "theirs"}, by=lead, now=now)
    answer = as_liaison.post(f"/meetings/{meeting.pk}/edit/", fields)
    assert answer.status_code == 422
    assert "Somebody else changed this" in answer.text
    assert "theirs" in answer.text
    assert "my long text" in answer.text
    assert Meeting.objects.get().note == "theirs"
    # Sending again is meant.
    again = {**fields, "version": answer.context["form"].data["version"]}
    assert as_liaison.post(f"/meetings/{meeting.pk}/edit/", again).status_code == 302
    assert Meeting.objects.get().note == "my long text"


def test_edit_without_a_version_overwrites_nothing(as_liaison, agency):
    meeting = MeetingFactory(at=[agency], note="as it was")
    fields = edit_form(as_liaison, meeting, note="mine", version="")
    assert as_liaison.post(f"/meetings/{meeting.pk}/edit/", fields).status_code == 422
    assert Meeting.objects.get().note == "as it was"


def test_undo_takes_the_meeting_off_every_list(as_liaison, agency):
    as_liaison.post(LOG, form(agency, note="oops"))
    meeting = Meeting.objects.get()
    as_liaison.post(f"/meetings/{meeting.pk}/withdraw/")
    assert as_liaison.get(f"/meetings/{meeting.pk}/").status_code == 404
    assert "oops" not in as_liaison.get("/meetings/").text
    assert Meeting.objects.get().withdrawn_at is not None


def test_undo_gives_back_what_was_written(as_liaison, agency, agency_cio):
    keep(as_liaison, note="another one, half written")
    as_liaison.post(LOG, form(agency, note="oops", mood="2", people=[agency_cio.pk]))
    keep(as_liaison, note="another one, half written")
    answer = as_liaison.post(f"/meetings/{Meeting.objects.get().pk}/withdraw/")
    assert answer.url == f"{LOG}?agency={agency.pk}"
    again = as_liaison.get(answer.url)
    assert "oops" in again.text
    initial = again.context["form"].initial
    assert (initial["mode"], initial["mood"]) == ("phone", "2")
    assert initial["people"] == [str(agency_cio.pk)]
    assert initial["held_at"] == "2027-03-02T10:00"
    assert "another one" in as_liaison.get(LOG).text


def test_undo_of_what_somebody_else_wrote_begins_no_note(client, agency, liaison, lead):
    meeting = MeetingFactory(at=[agency], logged_by=liaison)
    client.force_login(lead)
    assert client.post(f"/meetings/{meeting.pk}/withdraw/").url == "/"
    assert Draft.objects.count() == 0


def test_undo_needs_a_post(as_liaison, agency, liaison):
    meeting = MeetingFactory(at=[agency], logged_by=liaison)
    assert as_liaison.get(f"/meetings/{meeting.pk}/withdraw/").status_code == 405
    assert Meeting.objects.get().withdrawn_at is None


# ---- Export --------------------------------------------------------------------------------------


def test_export_keeps_formulas_from_running(as_liaison, agency):
    MeetingFactory(at=[agency], note='=HYPERLINK("http://x")')
    answer = as_liaison.get(reverse("agencies:meeting_export"))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    assert text.count("Department of Transport") == 1


def test_export_follows_the_filter(as_cco, agency):
    MeetingFactory(at=[agency], mode="phone", note="by phone")
    MeetingFactory(at=[agency], mode="video", note="on screen")
    answer = as_cco.get("/meetings/export/?mode=video")
    text = b"".join(answer.streaming_content).decode()
    assert ("by phone" in text, "on screen" in text) == (False, True)


def test_export_says_times_of_the_office(as_cco, agency, now):
    MeetingFactory(at=[agency], held_at=now.replace(day=2, hour=5))
    answer = as_cco.get("/meetings/export/")
    assert "2027-03-01 22:00-07:00" in b"".join(answer.streaming_content).decode()


def test_old_meetings_are_behind_a_date(as_cco, agency, now):
    MeetingFactory(at=[agency], held_at=now - dt.timedelta(days=90), note="long ago")
    assert "long ago" not in as_cco.get(f"/meetings/?since={now:%Y-%m-%d}").text
