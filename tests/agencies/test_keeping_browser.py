"""A note that is half written is kept until the portal has it, whatever page comes in between."""

import json

import pytest
from playwright.sync_api import expect

from accounts.models import Draft
from agencies.models import Meeting
from tests.browser import session_cookie

pytestmark = pytest.mark.django_db(transaction=True)
LOG = "/meetings/log/"
NOTHING_KEPT = "!Object.keys(localStorage).some((name) => name.startsWith('autosave:'))"


def sign_in(page, client, user, live_server):
    # An answer that is still under way would take the new cookie away with the old session.
    page.wait_for_load_state("networkidle")
    client.force_login(user)
    page.context.add_cookies([session_cookie(client, live_server.url)])


def put_in_storage(page, user, **fields):
    """What an earlier visit without a connection left on the device: (value, number)."""
    kept = {name: {"values": [value], "sequence": n} for name, (value, n) in fields.items()}
    page.evaluate(
        "([name, kept]) => localStorage.setItem(name, kept)",
        [f"autosave:user-{user.pk}-meeting-", json.dumps(kept)],
    )


def test_note_that_could_not_be_sent_survives_other_pages(page_as, liaison, agency):
    page = page_as(liaison, LOG)
    page.route("**/log/draft/**", lambda route: None)
    page.route("**/log/", lambda route: route.fulfill(status=503, body="Out of order"))
    page.get_by_role("radio", name="Phone").check()
    page.get_by_label("Note").fill("Written for nothing?")
    page.get_by_label("Department of Transport").check()
    page.get_by_role("button", name="Save the meeting").click()
    expect(page.get_by_text("Out of order")).to_be_visible()
    page.unroute_all()
    page.goto("/meetings/")
    page.goto(LOG)
    expect(page.get_by_label("Note")).to_have_value("Written for nothing?")
    expect(page.get_by_label("Department of Transport")).to_be_checked()


def test_meeting_that_arrived_leaves_nothing_behind(page_as, liaison, agency):
    page = page_as(liaison, LOG)
    page.get_by_label("Department of Transport").check()
    page.get_by_role("radio", name="Phone").check()
    page.get_by_label("Note").fill("Done")
    page.get_by_role("button", name="Save the meeting").click()
    expect(page.get_by_text("1 meeting with 1 agency was saved.")).to_be_visible()
    page.wait_for_function(NOTHING_KEPT)
    page.get_by_role("link", name="Log another").click()
    expect(page.get_by_label("Note")).to_have_value("")
    assert (Meeting.objects.count(), Draft.objects.count()) == (1, 0)


@pytest.mark.parametrize(("number", "shown"), [(1000, "of the laptop"), (3000, "of the phone")])
def test_newer_of_two_devices_wins_when_the_line_is_back(
    page_as, liaison, agency, now, number, shown
):
    Draft.objects.create(
        user=liaison, form="meeting:", saved_at=now,
        fields={"note": ["of the laptop"]}, sequences={"note": 2000},
    )  # fmt: skip
    page = page_as(liaison, "/profile/")
    put_in_storage(page, liaison, note=("of the phone", number), minutes=("45", 1500))
    page.goto(LOG)
    expect(page.get_by_label("Note")).to_have_value(shown)
    expect(page.locator("[name=minutes]")).to_have_value("45")
    expect(page.locator("[data-autosave-status]")).to_contain_text("Kept")
    draft = Draft.objects.get()
    assert draft.fields == {"note": [shown], "minutes": ["45"]}
    assert draft.sequences == {"note": max(number, 2000), "minutes": 1500}


def test_note_on_a_shared_device_is_not_shown_to_the_next_one(
    page_as, client, liaison, cco, live_server
):
    page = page_as(liaison, "/profile/")
    put_in_storage(page, liaison, note=("Between us", 5))
    sign_in(page, client, cco, live_server)
    page.goto(LOG)
    expect(page.get_by_label("Note")).to_have_value("")


def test_signing_out_takes_along_what_the_device_kept(page_as, liaison):
    page = page_as(liaison, "/profile/")
    put_in_storage(page, liaison, note=("Between us", 5))
    page.get_by_text("Menu: Dana Ortiz").first.click(force=True)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.wait_for_function(NOTHING_KEPT)
