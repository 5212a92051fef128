"""A meeting from signing in to its page, with the keyboard alone; and what the keyboard notices."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from agencies.models import Meeting
from tests.factories import AgencyFactory, AssignmentFactory, PersonFactory
from tests.keyboard import Fault, Keyboard

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.fixture
def open_portal(page_as, liaison, agency):
    """A browser before the sign-in page, and its keyboard. The liaison has so many agencies that
    the form asks for a name."""
    liaison.set_password(PASSWORD)
    liaison.save()
    for letter in "ABCDEFGHIJ":
        bureau = AgencyFactory(name=f"Bureau {letter}")
        AssignmentFactory(agency=bureau, user=liaison)
        PersonFactory(agency=bureau, name=f"Person of {letter}")

    def open_one(width):
        page = page_as(None, "/", width=width, height=740, reduced_motion="reduce")
        return page, Keyboard(page)

    return open_one


def sign_in(page, keys, user):
    keys.write(page.get_by_label("Email"), user.email)
    keys.write(page.get_by_label("Password"), PASSWORD)
    here = page.url
    keys.press("Enter")
    expect(page).not_to_have_url(here)


@pytest.mark.parametrize("width", [360, 1280])
def test_a_meeting_is_logged_with_the_keyboard_alone(open_portal, liaison, width, figure):
    page, keys = open_portal(width)
    keys.walk()
    sign_in(page, keys, liaison)
    keys.walk()
    keys.follow(page.get_by_role("link", name="Log a meeting"))
    keys.walk()
    keys.write(page.get_by_label("Find by name"), "bureau g")
    expect(page.locator("#agency-picker input")).to_have_count(1)
    keys.choose(page.get_by_role("checkbox", name="Bureau G"), back=True)
    keys.choose(page.get_by_role("radio", name="At their place"))
    keys.choose(page.get_by_role("radio", name="Mixed"))
    keys.write(page.get_by_label("Note"), "They want notices.")
    keys.enter(page.locator("summary", has_text="More"))
    keys.choose(page.get_by_role("checkbox", name="Person of G"))
    keys.go_to(page.get_by_label("When"))
    write_time(keys)
    keys.write(page.get_by_label("Minutes"), "45")
    keys.follow(page.get_by_role("button", name="Save the meeting"))
    expect(page.get_by_text("1 meeting with 1 agency was saved.")).to_be_visible()
    keys.walk()
    figure(f"{width} px: from signing in to a saved meeting, {keys.stops} stops of Tab")
    meeting = Meeting.objects.get()
    assert (meeting.mode, meeting.mood, meeting.minutes) == ("at_agency", 3, 45)
    assert [agency.name for agency in meeting.agencies.all()] == ["Bureau G"]
    assert [person.name for person in meeting.people.all()] == ["Person of G"]
    assert meeting.held_at == dt.datetime(2024, 1, 15, 9, 30, tzinfo=ZoneInfo("America/Denver"))


def write_time(keys):
    """Into the browser's own field: each part takes the next but the year, which could go on."""
    keys.type("01152024")
    keys.press("ArrowRight")
    keys.type("0930AM")


# ---- The negative controls ----------------------------------------------------------------------

NO_RING = """
() => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`*, *::before, *::after { outline: none !important;
    box-shadow: none !important }`)
  document.adoptedStyleSheets = [sheet]
}
"""
TRAP = """
() => document.querySelector('input[type=password]').addEventListener('keydown',
  event => event.key === 'Tab' && event.preventDefault())
"""
COVER = """
() => {
  const cover = document.createElement('div')
  cover.style.cssText = 'position: fixed; inset: 0; z-index: 9999'
  document.body.append(cover)
}
"""
OUT_OF_ORDER = """
() => { document.querySelector('input[type=password]').tabIndex = 1 }
"""


PLANTED = {
    NO_RING: "looks the same with the focus and without",
    TRAP: "Tab never leaves",
    COVER: "is covered by div",
    OUT_OF_ORDER: "is out of order",
}


def test_what_stops_a_keyboard_is_noticed(open_portal):
    page, keys = open_portal(360)
    for script, what in PLANTED.items():
        page.goto("/")
        page.evaluate(script)
        with pytest.raises(Fault, match=what):
            keys.walk()


def test_a_keyboard_has_no_mouse(open_portal):
    page, keys = open_portal(360)
    with pytest.raises(Fault, match="does not click"):
        keys.click(page.get_by_label("Email"))
    with pytest.raises(Fault, match="not among the keys"):
        keys.press("F6")
    page.locator("h1").click()
    with pytest.raises(Fault, match="a mouse was used"):
        keys.walk()
