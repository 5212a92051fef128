"""Answering in a real browser: on a phone with scripts, and without any."""

import pytest
from playwright.sync_api import expect

from crm_portal.lib import links
from surveys.models import Answer, Response

PHONE = {"width": 360, "height": 740, "has_touch": True}


@pytest.fixture
def visit(page_as, invitation):
    """Opens the link of the letter on a device of its own; fails when a page complains."""
    path = f"/s/{links.token_of('survey', invitation)}"
    return lambda **device: page_as(None, path, **device)


def test_on_a_phone_one_question_at_a_time_and_nothing_is_lost(visit, q):
    page = visit(**PHONE)
    page.get_by_role("link", name="Start").tap()
    legend = page.locator("legend:visible")
    expect(legend).to_have_count(1)
    page.get_by_role("radio", name="very dissatisfied", exact=True).check()
    words = page.get_by_label("What happened?")
    expect(words).to_be_visible()
    words.fill("Nobody told us.")
    expect(page.locator("[data-autosave-status]")).to_contain_text("Saved")
    page.get_by_role("button", name="Next").tap()
    expect(legend).to_have_text("They understand our business.")
    page.go_back()
    expect(words).to_have_value("Nobody told us.")
    # Another device, from the same letter; what was typed a moment ago is there.
    expect(page.locator("[data-autosave-status]")).to_contain_text("Saved")
    other = visit(**PHONE)
    expect(other.get_by_text("Welcome back.")).to_be_visible()
    other.goto(f"{other.url}?step=1")
    expect(other.get_by_label("What happened?")).to_have_value("Nobody told us.")
    assert other.evaluate("document.documentElement.scrollWidth") <= 360
    assert list(Answer.objects.values_list("number", "text")) == [(1, "Nobody told us.")]


def test_a_follow_up_question_appears_at_once(visit, q):
    page = visit()
    page.get_by_role("link", name="Start").click()
    follow_up = page.get_by_label("Which one?")
    expect(follow_up).to_be_hidden()
    page.get_by_label("Yes", exact=True).check()
    expect(follow_up).to_be_visible()
    page.get_by_label("No", exact=True).check()
    expect(follow_up).to_be_hidden()


def test_without_scripts_all_of_it_works(visit, q):
    page = visit(**PHONE, java_script_enabled=False)
    page.get_by_role("link", name="Start").tap()
    page.get_by_role("radio", name="dissatisfied", exact=True).first.check()
    page.get_by_text("Add a comment").first.tap()
    page.locator(f"[name=q{q['Overall'].pk}_text]").fill("Nobody told us.")
    page.get_by_role("radio", name="Yes").check()
    page.get_by_role("button", name="Next").tap()
    page.get_by_label("Which one?").fill("The one in May")
    page.get_by_role("button", name="Next").tap()
    page.get_by_label("Phone").check()
    page.get_by_role("button", name="Next").tap()
    expect(page.get_by_text("The one in May")).to_be_visible()
    page.get_by_role("button", name="Send my answers").tap()
    expect(page.get_by_text("What happens next")).to_be_visible()
    assert Response.objects.submitted().count() == 1
    assert Answer.objects.filter(text="Nobody told us.", number=2).exists()
