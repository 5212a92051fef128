"""A survey from its letter to the thank-you page, with the keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from outbox.services import sending
from surveys.models import Question, Response
from surveys.services import invitations
from tests.keyboard import Keyboard
from tests.surveys.conftest import QUESTIONS

pytestmark = pytest.mark.django_db(transaction=True)
K = Question.Kind


@pytest.fixture
def mailed_link(wave, agency_cio, smtp_sink, now):
    invitations.plan_letters(now=now)
    sending.send_due(now=now)
    [mail] = smtp_sink.messages(to=agency_cio.email)
    return re.search(r"/s/\S+", mail.get_body(("plain",)).get_content())[0]


@pytest.fixture
def open_survey(page_as, mailed_link):
    """A browser at the link of the letter, and its keyboard."""

    def open_one(width):
        page = page_as(None, mailed_link, width=width, height=740, reduced_motion="reduce")
        return page, Keyboard(page)

    return open_one


def answer(keys, box, kind):
    """Answer a question of this kind, whose part of the page is `box`."""
    if kind in {K.SHORT_TEXT, K.LONG_TEXT}:
        keys.write(box.get_by_role("textbox"), "The one in May")
    elif kind == K.CHOICES:
        for name in ("Phone", "In person"):
            keys.choose(box.get_by_role("checkbox", name=name))
    elif kind == K.RATING:
        keys.choose(box.get_by_role("radio", name="dissatisfied", exact=True))
        keys.write(box.get_by_role("textbox", name="What happened?"), "Nobody told us.")
    else:
        name = "Yes" if kind == K.CHOICE else "7"
        keys.choose(box.get_by_role("radio", name=name))


@pytest.mark.parametrize("width", [360, 1280])
def test_every_question_is_answered_with_the_keyboard_alone(open_survey, width, figure):
    page, keys = open_survey(width)
    keys.walk()
    keys.follow(page.get_by_role("link", name="Start"))
    done, pages = [], 1
    while not (send := page.get_by_role("button", name="Send my answers")).count():
        pages += 1
        if "#" not in page.url:
            keys.walk()
        for question in QUESTIONS:
            box = page.locator(".question:visible", has_text=question["text"])
            if box.count():
                answer(keys, box, question["kind"])
                done.append(question["kind"])
        keys.follow(page.get_by_role("button", name="Next"))
    keys.walk()
    keys.follow(send)
    expect(page.get_by_text("What happens next")).to_be_visible()
    keys.walk()
    figure(f"{width} px: {len(done)} questions on {pages} pages, {keys.stops} stops of Tab")
    assert set(done) == set(K.values)
    assert len(done) == len(QUESTIONS)
    assert Response.objects.submitted().get().answers.count() == len(QUESTIONS)
