"""A large spreadsheet in a real browser: its page follows the worker, with and without a script."""

import pytest
from playwright.sync_api import expect

from agencies.models import ImportDraft
from agencies.services import import_work
from tests.agencies.sheets import upload
from tests.agencies.test_import_work import large
from tests.doors.test_axe import AXE, faults

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_page_of_a_large_file_follows_the_worker(page_as, cco, now):
    draft = upload(large(), cco, now)
    page = page_as(cco, f"/agencies/import/{draft.pk}/", width=360, height=740)
    expect(page.get_by_text("0% done: reading the rows.")).to_be_visible()
    ImportDraft.objects.update(percent=12)
    expect(page.get_by_text("12% done: reading the rows.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.evaluate(AXE.read_text())
    assert faults(page) == []
    import_work.work(now=now)
    page.get_by_role("button", name="Import all of it").click()
    expect(page.get_by_text("The file is being taken over")).to_be_visible()
    import_work.work(now=now)
    expect(page.get_by_text("3000 new", exact=False).first).to_be_visible()


def test_without_a_script_the_page_is_reloaded(page_as, cco, now):
    draft = upload(large(), cco, now)
    page = page_as(cco, f"/agencies/import/{draft.pk}/", java_script_enabled=False)
    page.get_by_role("link", name="Look how far it is").click()
    expect(page.get_by_text("The file is being looked at")).to_be_visible()
    import_work.work(now=now)
    page.get_by_role("link", name="Look how far it is").click()
    expect(page.get_by_role("button", name="Import all of it")).to_be_visible()
