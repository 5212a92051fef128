"""What a browser keeps of somebody who has left: nothing."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests import factories

NOTE = "Between us: she looks for another job."


def test_pages_of_who_is_signed_in_are_kept_nowhere(client, world):
    """Every page of the portal, whatever it answers; what is the same for all says so itself."""
    from tests.doors.table import DOORS, PUBLIC

    client.force_login(world.people["cco"])
    kept = {}
    for name, door in DOORS.items():
        if door.access == PUBLIC or "GET" not in door.methods:
            continue
        answer = client.get(reverse(name, kwargs=door.kwargs(world)))
        if "no-store" not in answer.get("Cache-Control", ""):
            kept[name] = answer.get("Cache-Control")
    for path in ("/admin/", "/nothing/", "/accounts/2fa/", "/accounts/password/change/"):
        answer = client.get(path)
        if "no-store" not in answer.get("Cache-Control", ""):
            kept[path] = answer.get("Cache-Control")
    assert kept == {}


def test_the_logo_is_the_same_for_everybody_and_may_be_kept(client, liaison, office_row):
    office_row.logo = b"\x89PNG"
    office_row.save()
    client.force_login(liaison)
    assert "no-store" not in client.get(reverse("accounts:logo")).get("Cache-Control", "")


@pytest.mark.django_db(transaction=True)
def test_back_after_signing_out_shows_no_restricted_note(page_as, liaison, agency):
    meeting = factories.MeetingFactory(at=[agency], logged_by=liaison, note=NOTE, restricted=True)
    page = page_as(liaison, reverse("agencies:meeting", args=[meeting.pk]))
    expect(page.get_by_text(NOTE)).to_be_visible()
    page.locator("[data-menu] summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_load_state()
    page.go_back()
    page.wait_for_load_state()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert NOTE not in page.content()
