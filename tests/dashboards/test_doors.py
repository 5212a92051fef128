"""Who sees what: nothing of one agency on any page of another's people."""

import pytest

from tests.world import SECRET

PAGES = [
    "/",
    "/work/",
    "/agencies/",
    "/agencies/?sort=call&per_page=100",
    f"/agencies/?q={SECRET}",
    "/agencies/{mine}/",
    "/agencies/{mine}/?show=letters",
    "/agencies/{mine}/?show=meetings",
    "/agencies/{mine}/meetings/",
    f"/search/?q={SECRET}",
    "/search/?q=pat",
    "/search/?q=slow",
    "/search/?q=notes",
]
HEADS = {"administrator", "cco", "executive", "lead"}


def texts(client, world, page):
    """The page without the head's search box, which repeats what was typed."""
    answer = client.get(page.format(mine=world.mine.agency.pk))
    assert answer.status_code == 200, page
    html = answer.content.decode().replace(f'value="{SECRET}"', "")
    for echo in (f"Search: {SECRET}", f"q={SECRET}"):
        html = html.replace(echo, "")
    return html


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", ["liaison", "lead", "cco"])
def test_nothing_of_the_other_agency_leaks(client, world, path, who):
    client.force_login(world.people[who])
    html = texts(client, world, path)
    if who == "liaison":
        assert SECRET not in html


def test_there_was_something_that_could_leak(client, world):
    client.force_login(world.people["cco"])
    whole = {"/", "/agencies/", f"/agencies/?q={SECRET}", f"/search/?q={SECRET}"}
    silent = {page for page in whole if SECRET not in texts(client, world, page)}
    assert silent == set()


def test_a_meeting_of_both_names_only_what_the_reader_sees(client, world):
    joint = world.mine.meeting
    joint.places.create(agency=world.theirs.agency, held_at=joint.held_at)
    joint.people.add(world.theirs.person)
    client.force_login(world.people["liaison"])
    for page in ("/agencies/{mine}/", "/search/?q=notes", "/agencies/{mine}/meetings/"):
        assert SECRET not in texts(client, world, page)
    client.force_login(world.people["cco"])
    assert SECRET in texts(client, world, "/agencies/{mine}/")


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("administrator", 200),
        ("cco", 200),
        ("executive", 200),
        ("lead", 200),
        ("liaison", 200),
        ("other_liaison", 404),
        ("outsider", 404),
        ("representative", 403),
    ],
)
@pytest.mark.parametrize("part", ["", "meetings/"])
def test_an_agency_opens_for_those_who_see_it(client, world, who, status, part):
    client.force_login(world.people[who])
    assert client.get(f"/agencies/{world.mine.agency.pk}/{part}").status_code == status


def test_a_representative_is_led_to_their_own_concerns(client, world):
    client.force_login(world.people["representative"])
    answer = client.get("/")
    assert (answer.status_code, answer.url) == (302, "/our-concerns/")
    for page in ("/work/", "/agencies/", "/search/?q=pat", "/topics/"):
        assert client.get(page).status_code == 403


def test_the_whole_heat_map_is_for_the_heads(client, world):
    for who, user in world.people.items():
        client.force_login(user)
        assert client.get("/topics/").status_code == (200 if who in HEADS else 403), who


def test_a_liaison_without_agencies_sees_an_empty_day(client, world):
    client.force_login(world.people["outsider"])
    assert "You look after no agencies yet" in client.get("/").content.decode()


def test_restricted_notes_are_for_their_writer_and_the_cco(client, world):
    meeting = world.mine.meeting
    meeting.restricted = True
    meeting.save()
    seen = {}
    for who in ("liaison", "cco", "lead", "executive", "administrator"):
        client.force_login(world.people[who])
        pages = [f"/agencies/{world.mine.agency.pk}/", "/search/?q=bicycle"]
        seen[who] = ["Notes about" in client.get(page).content.decode() for page in pages]
    assert seen == {
        "liaison": [True, True],
        "cco": [True, True],
        "lead": [False, False],
        "executive": [False, False],
        "administrator": [False, False],
    }


@pytest.mark.parametrize(
    "address",
    [
        "/agencies/?page=99999999999999999999",
        "/agencies/?page=-1&per_page=0",
        "/agencies/?page=x&per_page=½",
        "/agencies/?state=angry&gap=%00&tier=9&liaison=zz&sort=;drop",
        "/agencies/?q=%00%27%22",
        "/search/?q=%00",
        "/search/?q=%26%7C%21%28%29%3A%2A%5C",
        "/search/?q=" + "x" * 5000,
        "/agencies/{mine}/?before=yesterday",
        "/agencies/{mine}/?before=2027-01-01T00:00:00%2B00:00_meeting_99999999999999999999",
        "/agencies/{mine}/?before=0001-01-01T00:00:00%2B23:59_meeting_1",
        "/agencies/{mine}/?show=%00&find=%00%25",
        "/agencies/{mine}/meetings/?page=0&per_page=10000",
    ],
)
def test_no_address_breaks_a_page(client, world, address):
    client.force_login(world.people["cco"])
    assert client.get(address.format(mine=world.mine.agency.pk)).status_code == 200
