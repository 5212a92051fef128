"""Answers that were typed without a connection are there when the survey is opened again."""

import pytest
from playwright.sync_api import expect

from crm_portal.lib import links
from surveys.models import Answer

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING_KEPT = "!Object.keys(localStorage).some((name) => name.startsWith('autosave:'))"


@pytest.fixture
def link(invitation):
    return f"/s/{links.token_of('survey', invitation)}"


def test_answers_typed_offline_are_there_when_the_survey_is_opened_again(page_as, link, q):
    page = page_as(None, link)
    page.get_by_role("link", name="Start").click()
    page.get_by_role("radio", name="dissatisfied", exact=True).first.check()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Part 2 of")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_label("Anything else?").fill("On the train")
    expect(page.locator("[data-autosave-status]")).to_contain_text("Offline")
    page.close()
    again = page.context.new_page()
    again.context.set_offline(False)
    again.goto(link)
    expect(again.get_by_text("Welcome back.")).to_be_visible()
    again.goto(f"{again.url}?step=2")
    expect(again.get_by_label("Anything else?")).to_have_value("On the train")
    expect(again.locator("[data-autosave-status]")).to_contain_text("Saved")
    assert Answer.objects.filter(text="On the train").exists()


def test_answers_that_were_sent_leave_nothing_on_the_device(page_as, link, q):
    page = page_as(None, link)
    page.get_by_role("link", name="Start").click()
    page.get_by_role("radio", name="dissatisfied", exact=True).first.check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Anything else?").fill("Said at once")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_text("What happens next")).to_be_visible()
    page.wait_for_function(NOTHING_KEPT)


def test_older_words_on_this_device_do_not_come_back_over_newer_ones(page_as, link, invitation, q):
    page = page_as(None, link)
    page.get_by_role("link", name="Start").click()
    page.get_by_text("Add a comment").first.click()
    name = f"q{q['Overall'].pk}_text"
    page.locator(f"[name={name}]").fill("of the laptop")
    expect(page.locator("[data-autosave-status]")).to_contain_text("Saved")
    page.evaluate(
        "([name, field]) => localStorage.setItem(name,"
        " JSON.stringify({[field]: {values: ['of the phone'], sequence: 1000}}))",
        [f"autosave:survey-{invitation.public_id}", name],
    )
    page.reload()
    expect(page.locator(f"[name={name}]")).to_have_value("of the laptop")
    page.wait_for_function(NOTHING_KEPT)
