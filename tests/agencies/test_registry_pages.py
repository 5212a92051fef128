"""Facts, people, liaisons, spellings and the import, as pages; and the admin site."""

import datetime as dt
import uuid
from copy import copy

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from agencies.models import Agency, AgencyDomain, AgencyImport, AgencySpelling, ImportDraft, Person
from agencies.services import registry
from tests.agencies.admin_forms import admin_form
from tests.agencies.sheets import SHEET, sheet, take_over
from tests.factories import (
    AgencyFactory,
    AssignmentFactory,
    MeetingFactory,
    PersonFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def at_that_time(now, time_machine):
    time_machine.move_to(now)


@pytest.fixture
def as_cco(client, cco):
    client.force_login(cco)
    return client


@pytest.fixture
def as_admin(client, administrator):
    client.force_login(administrator)
    return client


def key():
    return str(uuid.uuid4())


# ---- Facts ---------------------------------------------------------------------------------------


def agency_form(**fields):
    return {
        "name": "Department of Fish", "state": "CO", "tier": "2", "governance": "federated",
        "branch": "executive", "submit_key": key(), **fields,
    }  # fmt: skip


def test_agency_is_added_once(as_cco, office_row):
    fields = agency_form()
    urls = {as_cco.post("/agencies/add/", fields).url for _time in range(2)}
    assert urls == {f"/agencies/{Agency.objects.get().pk}/"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "department of TRANSPORT"}, "This name is taken in this state."),
        ({"state": "ZZ"}, "Write the two letters of a state."),
        ({"tier": "4"}, "Select a valid choice."),
        ({"head_count": "99999999999"}, "Check"),
        ({"head_count": "-1"}, "greater than or equal to 0"),
        ({"closed_on": "0001-01-01"}, "Check the year."),
        ({"parent": "999999"}, "Select a valid choice."),
        ({"name": "x\0"}, "Null characters"),
    ],
)
def test_bad_facts_come_back(as_cco, agency, fields, said):
    answer = as_cco.post("/agencies/add/", agency_form(city="Kept City", **fields))
    assert answer.status_code == 422
    assert said in answer.text
    assert "Kept City" in answer.text
    assert Agency.objects.count() == 1


def test_second_editor_of_facts_sees_what_the_first_wrote(as_cco, agency, lead):
    fields = agency_form(name=agency.name, version=1, city="Mine")
    registry.change_agency(agency=agency, changes={"city": "Theirs"}, seen_version=1, by=lead)
    answer = as_cco.post(f"/agencies/{agency.pk}/edit/", fields)
    assert answer.status_code == 422
    assert "<dd>Theirs</dd>" in answer.text
    assert 'value="Mine"' in answer.text
    agency.refresh_from_db()
    assert agency.city == "Theirs"


def test_agency_cannot_become_a_part_of_its_part(as_cco, agency):
    part = AgencyFactory(name="Part", parent=agency)
    fields = agency_form(name=agency.name, version=1, parent=part.pk)
    answer = as_cco.post(f"/agencies/{agency.pk}/edit/", fields)
    assert "is itself a part of this one" in answer.text


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_database_refuses_a_circle_of_parts_however_long(agency, depth):
    chain = [agency]
    for _step in range(depth):
        chain.append(AgencyFactory(parent=chain[-1]))
    rows = Agency.objects.filter(pk=agency.pk)
    with pytest.raises(IntegrityError, match="would be a part of itself"), transaction.atomic():
        rows.update(parent=chain[-1])
    rows.update(parent=AgencyFactory())


def test_database_refuses_a_circle_that_one_statement_makes(agency, other_agency):
    agency.parent, other_agency.parent = other_agency, agency
    with pytest.raises(IntegrityError, match="would be a part of itself"), transaction.atomic():
        Agency.objects.bulk_update([agency, other_agency], ["parent"])


def test_parts_can_trade_places(agency, other_agency):
    Agency.objects.filter(pk=agency.pk).update(parent=other_agency)
    Agency.objects.filter(pk=agency.pk).update(parent=None)
    Agency.objects.filter(pk=other_agency.pk).update(parent=agency)


@pytest.mark.parametrize(("who", "ways"), [("cco", 2), ("lead", 1), ("liaison", 0)])
def test_list_leads_to_the_ways_to_add(client, request, agency, who, ways):
    client.force_login(request.getfixturevalue(who))
    page = client.get("/agencies/").text
    assert sum(f'href="/agencies/{way}/"' in page for way in ("add", "import")) == ways


@pytest.mark.parametrize("path", ["edit/", "people/add/"])
def test_liaison_may_not_edit(client, liaison, agency, path):
    client.force_login(liaison)
    assert client.get(f"/agencies/{agency.pk}/{path}").status_code == 403


@pytest.mark.parametrize("path", ["people/", "liaisons/", "spellings/"])
def test_agency_of_others_does_not_exist(client, other_liaison, agency, path):
    client.force_login(other_liaison)
    assert client.get(f"/agencies/{agency.pk}/{path}").status_code == 404


def test_export_has_what_the_user_sees_in_the_offices_words(
    client, liaison, agency, other_agency, office_row
):
    office_row.vocabulary = "partner"
    office_row.save()
    AgencyDomain.objects.create(agency=agency, domain="dot.gov")
    client.force_login(liaison)
    answer = client.get("/agencies/export/")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Partner,Acronym,State")
    assert len(lines) == 2
    assert lines[1].startswith("Department of Transport,DOT,CO,,1,consolidated,executive")
    assert "Dana Ortiz" in lines[1]
    assert "partners-2027-03-03.csv" in answer["Content-Disposition"]


def test_export_holds_what_the_list_shows(client, cco, agency, other_agency):
    """The link carries the list's filters; one that is none is explained on the list."""
    AgencyFactory(name="Department of Law", tier=3)
    client.force_login(cco)

    def exported(query):
        answer = client.get(f"/agencies/export/?{query}")
        return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[1:]

    assert [line.partition(",")[0] for line in exported("tier=3")] == ["Department of Law"]
    assert [line.partition(",")[0] for line in exported("gap=no_liaison")] == [
        "Department of Law",
        "Department of Revenue",
        "Department of Transport",
    ]
    refused = client.get("/agencies/export/?tier=never")
    assert refused.url == "/agencies/?tier=never"


def test_export_says_days_of_the_office(client, cco, agency, now):
    Agency.objects.update(last_contact_at=now.replace(day=2, hour=5))
    client.force_login(cco)
    assert b"2027-03-01" in b"".join(client.get("/agencies/export/").streaming_content)


# ---- People --------------------------------------------------------------------------------------


def person_form(**fields):
    return {"name": "Ines Cruz", "level": "executive", "submit_key": key(), **fields}


def test_person_is_added_once(as_cco, agency):
    fields = person_form(email="Ines@DOT.example", is_respondent="on")
    for _time in range(2):
        answer = as_cco.post(f"/agencies/{agency.pk}/people/add/", fields)
        assert answer.url == f"/agencies/{agency.pk}/people/"
    assert Person.objects.get().email == "ines@dot.example"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"is_respondent": "on"}, "Who answers surveys needs an e-mail address."),
        ({"email": "INES@dot.example"}, "Somebody with this e-mail address is on record there."),
        ({"email": "no address"}, "Enter a valid email address."),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"level": "boss"}, "Select a valid choice."),
    ],
)
def test_bad_person_comes_back(as_cco, agency, agency_cio, fields, said):
    answer = as_cco.post(f"/agencies/{agency.pk}/people/add/", person_form(role="Kept", **fields))
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Kept"' in answer.text
    assert Person.objects.count() == 1


def test_second_editor_of_a_person_is_told(as_cco, agency_cio, lead):
    registry.change_person(person=agency_cio, changes={"title": "Theirs"}, seen_version=1, by=lead)
    fields = person_form(title="Mine", version=1)
    answer = as_cco.post(f"/people/{agency_cio.pk}/", fields)
    assert answer.status_code == 422
    assert "<dd>Theirs</dd>" in answer.text


def test_who_left_is_asked_no_more(as_cco, agency, agency_cio, today):
    as_cco.post(f"/people/{agency_cio.pk}/left/", {"left_on": today})
    assert list(Person.objects.respondents()) == []
    assert "1 has left" in as_cco.get(f"/agencies/{agency.pk}/people/").text


def test_person_changed_at_the_same_moment_is_told(as_cco, agency_cio, lead, today, monkeypatch):
    def first(**facts):
        registry.change_person(person=copy(agency_cio), changes={"title": "X"}, seen_version=1,
                               by=lead)  # fmt: skip
        return mark_left(**facts)

    mark_left = registry.mark_left
    monkeypatch.setattr(registry, "mark_left", first)
    answer = as_cco.post(f"/people/{agency_cio.pk}/left/", {"left_on": today})
    assert answer.status_code == 422
    assert "Somebody else changed this" in answer.text
    assert Person.objects.get().left_on is None


@pytest.mark.parametrize("days", [1, -20_000])
def test_day_of_leaving_must_make_sense(as_cco, agency_cio, today, days):
    agency_cio.since = today - 30 * DAY
    agency_cio.save()
    answer = as_cco.post(f"/people/{agency_cio.pk}/left/", {"left_on": today + days * DAY})
    assert answer.status_code == 422
    assert Person.objects.get().left_on is None


def test_person_of_others_does_not_exist(client, agency_cio, other_agency, lead):
    outsider = UserFactory(role="liaison")
    client.force_login(outsider)
    assert client.get(f"/people/{agency_cio.pk}/").status_code == 403
    assert client.get(f"/agencies/{agency_cio.agency_id}/people/").status_code == 404


# ---- Liaisons ------------------------------------------------------------------------------------


def test_second_primary_liaison_is_refused_on_the_page(as_cco, agency, liaison, other_liaison):
    fields = {
        "user": other_liaison.pk, "role": "primary", "starts_on": "2027-03-03",
        "submit_key": key(),
    }  # fmt: skip
    answer = as_cco.post(f"/agencies/{agency.pk}/liaisons/add/", fields)
    assert answer.status_code == 422
    assert "Dana Ortiz is the primary liaison from January 1, 2020 on." in answer.text


def test_hand_over_on_the_page(as_cco, agency, liaison, other_liaison, today):
    fields = {
        "hand_over-to": other_liaison.pk, "hand_over-on": today, "hand_over-submit_key": key(),
    }  # fmt: skip
    for _time in range(2):
        assert as_cco.post(f"/agencies/{agency.pk}/liaisons/hand-over/", fields).status_code == 302
    assert agency.assignments.primary().on(today).get().user == other_liaison


def test_gap_is_said_before_it_comes(as_cco, agency, liaison, today):
    assignment = agency.assignments.get()
    as_cco.post(f"/liaisons/{assignment.pk}/end/", {"on": today + 4 * DAY})
    page = as_cco.get(f"/agencies/{agency.pk}/liaisons/").text
    assert "From March 8, 2027 on nobody is the primary liaison." in page
    AssignmentFactory(agency=agency, user=UserFactory(name="Next"), starts_on=today + 9 * DAY)
    assert "Next starts on March 12, 2027." in as_cco.get(f"/agencies/{agency.pk}/liaisons/").text


def test_bad_last_day_is_told(as_cco, agency, liaison):
    assignment = agency.assignments.get()
    for on in ("", "x", "2019-01-01"):
        answer = as_cco.post(f"/liaisons/{assignment.pk}/end/", {"on": on}, follow=True)
        assert answer.status_code == 200
    assignment.refresh_from_db()
    assert assignment.until is None


# ---- The import, page by page --------------------------------------------------------------------


def send(client, content, name="agencies.csv", **fields):
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post("/agencies/import/", {"file": file, "submit_key": key(), **fields})


def confirm_fields(client, url):
    form = client.get(url).context["confirm"]
    return {"fingerprint": form.initial["fingerprint"], "submit_key": key()}


def test_import_from_upload_to_result(as_cco, office_row):
    url = send(as_cco, SHEET.read_bytes()).url
    page = as_cco.get(url).text
    assert "14 pairs to decide" in page
    assert "Import all of it" not in page
    shown = [pair.id for pair in as_cco.get(url).context["pairs"]]
    as_cco.post(f"{url}decide/", {"rest": "same", "shown": shown})
    page = as_cco.get(url).text
    assert "94 will be new and 0 will change" in page
    fields = confirm_fields(as_cco, url)
    first = as_cco.post(f"{url}apply/", fields)
    assert as_cco.post(f"{url}apply/", fields).url == first.url
    assert AgencyImport.objects.count() == 1
    result = as_cco.get(first.url).text
    assert "NC Treasuer" in result
    assert as_cco.get(url).url == first.url


def test_upload_is_blamed_for_nothing_before_it_is_sent(as_cco, office_row):
    assert "This field is required" not in as_cco.get("/agencies/import/").text
    answer = as_cco.post("/agencies/import/", {"submit_key": key()})
    assert answer.status_code == 422
    assert answer.text.count("Spreadsheet: This field is required.") == 1


def test_import_goes_on_in_another_tab(as_cco, cco, office_row):
    url = send(as_cco, sheet("Department of Law,CO,,", "Department of Laws,CO,,")).url
    pair = as_cco.get(url).context["pairs"][0]
    as_cco.post(f"{url}decide/", {f"pair-{pair.id}": "different"})
    as_cco.post(f"{url}decide/", {})
    assert "Import all of it" in as_cco.get(url).text
    assert as_cco.get("/agencies/import/").context["drafts"][0].pk == ImportDraft.objects.get().pk


def test_two_tabs_confirm_once(as_cco, office_row):
    url = send(as_cco, sheet("Department of Law,CO,,")).url
    fields = [confirm_fields(as_cco, url) for _tab in range(2)]
    assert as_cco.post(f"{url}apply/", fields[0]).url == as_cco.post(f"{url}apply/", fields[1]).url
    assert Agency.objects.count() == 1


def test_rest_decides_only_what_was_shown(as_cco, office_row):
    names = ["Law", "Laws", "Road", "Roads"]
    url = send(as_cco, sheet(*(f"Department of {name},CO,," for name in names))).url
    first, second = as_cco.get(url).context["pairs"]
    as_cco.post(f"{url}decide/", {"rest": "same", "shown": [first.id]})
    assert ImportDraft.objects.get().decisions == {first.id: "same"}
    as_cco.post(f"{url}decide/", {f"pair-{second.id}": "same", "pair-\0": "same", "pair-x": "same"})
    assert ImportDraft.objects.get().decisions == {first.id: "same", second.id: "same"}


def test_another_file_chosen_after_going_back_is_another_upload(as_cco, office_row):
    again = key()
    one, other = sheet("Department of Law,CO,,"), sheet("Department of Fish,CO,,")
    first = send(as_cco, one, submit_key=again).url
    assert send(as_cco, one, submit_key=again).url == first
    second = send(as_cco, other, submit_key=again).url
    assert "Department of Fish" in as_cco.get(second).text
    assert ImportDraft.objects.count() == 2


@pytest.mark.parametrize("content", ["utf-16", "utf-16-le"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp437"])
def test_wrong_encoding_is_told_and_the_upload_stays_usable(as_cco, office_row, content, encoding):
    rows = "Name,State\nDepartment of Law,CO\n".encode(content)
    url = send(as_cco, rows).url
    right = ImportDraft.objects.get().encoding
    as_cco.post(f"{url}columns/", {"column_name": "0", "encoding": encoding})
    assert as_cco.get(url).status_code == 200
    fields = {"column_name": "0", "column_state": "1", "encoding": right}
    as_cco.post(f"{url}columns/", fields)
    assert "New agency “Department of Law”" in as_cco.get(url).text


def test_file_of_names_with_commas_can_be_one_column(as_cco, office_row):
    content = b"Name\nDepartment of Health, CO\nDepartment of Fish, CO\nDepartment of Law, CO"
    url = send(as_cco, content, default_state="CO").url
    assert as_cco.get(url).context["plan"].errors == 3
    fields = {"column_name": "0", "encoding": "utf-8-sig", "default_state": "CO"}
    as_cco.post(f"{url}columns/", {**fields, "delimiter": "none"})
    page = as_cco.get(url)
    assert page.context["plan"].errors == 0
    assert "New agency “Department of Health”" in page.text


def test_changed_world_is_shown_anew(as_cco, office_row):
    url = send(as_cco, sheet("Department of Law,CO,,")).url
    fields = confirm_fields(as_cco, url)
    AgencyFactory(name="Department of Law")
    answer = as_cco.post(f"{url}apply/", fields)
    assert answer.status_code == 422
    assert "Something changed since you looked." in answer.text
    assert AgencyImport.objects.count() == 0


@pytest.mark.parametrize("fields", [{}, {"fingerprint": "x"}, {"submit_key": "x"}])
def test_yes_without_what_was_shown_is_refused(as_cco, office_row, fields):
    url = send(as_cco, sheet("Department of Law,CO,,")).url
    assert as_cco.post(f"{url}apply/", fields).status_code == 422
    assert Agency.objects.count() == 0


def test_columns_can_be_chosen(as_cco, office_row):
    url = send(as_cco, b"What,Where\nDepartment of Law,Denver\n", default_state="CO").url
    assert "Say which column holds the names." in as_cco.get(url).text
    as_cco.post(
        f"{url}columns/",
        {"column_name": "0", "column_city": "1", "encoding": "utf-8-sig", "default_state": "CO"},
    )
    assert "New agency “Department of Law”" in as_cco.get(url).text


@pytest.mark.parametrize(
    "fields", [{}, {"column_name": "99"}, {"column_name": "x"}, {"encoding": "morse"}]
)
def test_columns_that_are_none_are_refused(as_cco, office_row, fields):
    url = send(as_cco, sheet("Department of Law,CO,,")).url
    good = {"column_name": "0", "encoding": "utf-8-sig"}
    assert as_cco.post(f"{url}columns/", {**good, **fields} if fields else {}).status_code == 422


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04", "save it as CSV"),
        (b'a,b\n"x', None),
        (b"\x00\x01\x02\x03", None),
        (bytes(range(256)) * 50, None),
    ],
)
def test_any_upload_is_answered_in_words(as_cco, office_row, content, said):
    answer = send(as_cco, content)
    if answer.status_code == 302:
        answer = as_cco.get(answer.url)
        assert answer.status_code == 200
    else:
        assert answer.status_code == 422
    assert said is None or said in answer.text


def test_no_file_is_told(as_cco, office_row):
    assert as_cco.post("/agencies/import/", {"submit_key": key()}).status_code == 422


def test_rows_are_filtered_and_paged(as_cco, office_row):
    url = send(as_cco, SHEET.read_bytes()).url
    assert len(as_cco.get(url).context["page_obj"]) == 100
    assert len(as_cco.get(f"{url}?page=3").context["page_obj"]) == 12
    assert as_cco.get(f"{url}?show=suspicious").context["page_obj"].paginator.count == 19
    assert as_cco.get(f"{url}?show=x&page=x").status_code == 200


def test_upload_is_its_owners_alone(as_cco, client, administrator):
    url = send(as_cco, sheet("Department of Law,CO,,")).url
    client.force_login(administrator)
    assert client.get(url).status_code == 404


def test_upload_can_be_thrown_away(as_cco, office_row):
    url = send(as_cco, sheet("Department of Law,CO,,")).url
    as_cco.post(f"{url}discard/")
    assert as_cco.get(url).status_code == 404


@pytest.mark.parametrize("who", ["lead", "liaison", "officer", "representative"])
def test_others_may_not_import(client, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get("/agencies/import/").status_code == 403


def test_spelling_is_taken_apart_and_put_back_on_its_page(as_cco, cco, now):
    take_over(sheet("Department of Law,CO,,", "Colorado Dept. of Law,CO,,coag.gov"), cco, now)
    spelling = AgencySpelling.objects.get(spelling="Colorado Dept. of Law")
    ask = as_cco.get(f"/spellings/{spelling.pk}/split/")
    assert 'value="Colorado Dept. of Law"' in ask.text
    as_cco.post(f"/spellings/{spelling.pk}/split/", {"name": "Law Two"})
    assert Agency.objects.get(name="Law Two").domains.get().domain == "coag.gov"
    as_cco.post(f"/spellings/{spelling.pk}/undo/")
    assert Agency.objects.get().domains.get().domain == "coag.gov"


def test_result_shows_what_merges_replaced_and_gives_domains_back(as_cco, cco, now):
    fish = AgencyFactory(name="Department of Fish", city="Golden")
    AgencyDomain.objects.create(agency=fish, domain="x.gov")
    rows = ["Dept. of Fish,CO,Denver,", "Wildlife Service,CO,,x.gov"]
    run = take_over(sheet(*rows), cco, now, rest="different")
    page = as_cco.get(f"/agencies/imported/{run.pk}/").text
    assert "The city became “Denver” instead of “Golden”." in page
    assert "from “Department of Fish” to “Wildlife Service”" in page
    owner = AgencyDomain.objects.get().agency
    back = f"/agencies/{owner.pk}/domain-back/"
    assert "x.gov is “Department of Fish”’s again." in as_cco.post(
        back, {"domain": "x.gov"}, follow=True
    ).text.replace("&#x27;", "'")
    assert "is back already" in as_cco.post(back, {"domain": "\0x.gov"}, follow=True).text
    assert AgencyDomain.objects.get().agency == fish


# ---- Admin ---------------------------------------------------------------------------------------


def test_admin_edits_and_the_page_notices(as_admin, agency):
    url = f"/admin/agencies/agency/{agency.pk}/change/"
    assert as_admin.post(url, admin_form(agency)).status_code == 302
    agency.refresh_from_db()
    assert (agency.governance, agency.version) == ("exempt", 2)


def test_admin_that_comes_second_is_told(as_admin, agency, lead):
    registry.change_agency(agency=agency, changes={"city": "X"}, seen_version=1, by=lead)
    answer = as_admin.post(
        f"/admin/agencies/agency/{agency.pk}/change/", admin_form(agency, seen_version=1)
    )
    assert "Somebody else changed this meanwhile." in answer.text


def test_admin_says_broken_rules_in_words(as_admin, agency, other_agency):
    url = f"/admin/agencies/agency/{agency.pk}/change/"
    answer = as_admin.post(url, admin_form(agency, name=other_agency.name))
    assert answer.status_code == 200
    assert "This name is taken in this state." in answer.text


def test_admin_refuses_two_primary_liaisons_in_one_form(as_admin, agency, today):
    one, other = UserFactory(), UserFactory()
    rows = {"assignments-TOTAL_FORMS": 2}
    for number, user in enumerate([one, other]):
        rows |= {
            f"assignments-{number}-agency": agency.pk, f"assignments-{number}-user": user.pk,
            f"assignments-{number}-role": "primary", f"assignments-{number}-starts_on": today,
        }  # fmt: skip
    url = f"/admin/agencies/agency/{agency.pk}/change/"
    answer = as_admin.post(url, admin_form(agency, city="Typed", **rows), follow=True)
    assert "Somebody else is the primary liaison during this time." in answer.text
    assert 'value="Typed"' in answer.text
    assert agency.assignments.count() == 0


@pytest.mark.parametrize(("state", "kept"), [("nj", "NJ"), ("XX", "CO")])
def test_admin_knows_states_as_the_page_does(as_admin, agency, state, kept):
    answer = as_admin.post(
        f"/admin/agencies/agency/{agency.pk}/change/", admin_form(agency, state=state)
    )
    assert ("Write the two letters of a state." in answer.text) == (kept == "CO")
    agency.refresh_from_db()
    assert agency.state == kept


def test_admin_writes_only_what_its_form_shows(as_admin, agency, now):
    form = as_admin.get(f"/admin/agencies/agency/{agency.pk}/change/")
    admin = form.context["adminform"].model_admin
    stale = Agency.objects.get()
    Agency.objects.update(last_contact_at=now)
    bound = admin.get_form(form.wsgi_request, stale)(admin_form(agency), instance=stale)
    assert bound.is_valid()
    admin.save_model(form.wsgi_request, bound.save(commit=False), bound, change=True)
    assert Agency.objects.get().last_contact_at == now


def test_admin_that_comes_second_to_a_person_is_told(as_admin, agency, agency_cio, lead):
    registry.change_person(person=agency_cio, changes={"title": "X"}, seen_version=1, by=lead)
    row = {
        "people-TOTAL_FORMS": 1, "people-INITIAL_FORMS": 1, "people-0-id": agency_cio.pk,
        "people-0-agency": agency.pk, "people-0-name": "Mine", "people-0-level": "staff",
        "people-0-email": agency_cio.email, "people-0-seen_version": 1,
    }  # fmt: skip
    url = f"/admin/agencies/agency/{agency.pk}/change/"
    answer = as_admin.post(url, admin_form(agency, **row))
    assert "Somebody else changed this meanwhile." in answer.text
    row["people-0-seen_version"] = 2
    assert as_admin.post(url, admin_form(agency, **row)).status_code == 302
    agency_cio.refresh_from_db()
    assert (agency_cio.name, agency_cio.version) == ("Mine", 3)


def test_admin_shows_the_agencies_of_a_meeting_and_leads_to_its_page(as_admin, agency):
    meeting = MeetingFactory(at=[agency])
    page = as_admin.get(f"/admin/agencies/meeting/{meeting.pk}/change/").text
    assert agency.name in page
    assert f"/meetings/{meeting.pk}/" in page


def test_admin_refuses_an_overlapping_assignment(as_admin, agency, liaison, other_liaison, today):
    answer = as_admin.post(
        "/admin/agencies/assignment/add/",
        {"agency": agency.pk, "user": other_liaison.pk, "role": "primary", "starts_on": today},
    )
    assert "Somebody else is the primary liaison during this time." in answer.text
    assert agency.assignments.count() == 1


def test_admin_refuses_a_loop_of_parts(as_admin, agency):
    part = AgencyFactory(name="Part", parent=agency)
    url = f"/admin/agencies/agency/{agency.pk}/change/"
    assert "is itself a part" in as_admin.post(url, admin_form(agency, parent=part.pk)).text


def test_admin_reads_no_restricted_note(as_admin, agency, liaison):
    meeting = MeetingFactory(at=[agency], logged_by=liaison, restricted=True, note="hush")
    url = f"/admin/agencies/meeting/{meeting.pk}"
    assert as_admin.get(f"{url}/change/").status_code == 302
    assert as_admin.get(f"{url}/history/").status_code == 302
    assert as_admin.get("/admin/agencies/meeting/").context["cl"].result_count == 0


@pytest.mark.parametrize(
    "model",
    ["agency", "person", "assignment", "meeting", "agencyspelling", "agencydomain", "agencyimport"],
)
def test_admin_lists_open_and_nothing_is_deleted(as_admin, agency, liaison, cco, now, model):
    take_over(sheet("Department of Law,CO,,law.gov"), cco, now)
    PersonFactory(agency=agency)
    MeetingFactory(at=[agency])
    page = as_admin.get(f"/admin/agencies/{model}/")
    row = page.context["cl"].result_list[0]
    assert "delete_selected" not in page.text
    assert as_admin.get(f"/admin/agencies/{model}/{row.pk}/change/").status_code == 200
    assert as_admin.get(f"/admin/agencies/{model}/{row.pk}/history/").status_code == 200
    assert as_admin.post(f"/admin/agencies/{model}/{row.pk}/delete/").status_code == 403


def test_admin_history_names_who_and_what(as_admin, agency, lead):
    registry.change_agency(agency=agency, changes={"city": "X"}, seen_version=1, by=lead)
    page = as_admin.get(f"/admin/agencies/agency/{agency.pk}/history/").text
    assert "<td>Lee Adler</td><td>city (change_agency)</td>" in page
