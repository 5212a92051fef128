"""No fault that axe can find on the pages that are seldom seen (tests/doors/states.py), at two
widths, light and dark, and no complaint of the browser."""

import logging
import os
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from tests import factories as make
from tests.browser import Complaints
from tests.doors import states
from tests.doors.table import DOORS, FORM
from tests.doors.test_axe import AXE, look

pytestmark = pytest.mark.django_db
LOOKS = [(320, "light"), (1280, "dark"), (1280, "light"), (320, "dark")]
IN_FULL = os.environ.get("PORTAL_AXE") == "all"
RULE = "each in all looks" if IN_FULL else (
    "each in one look in turn, of the admin site the largest page of each kind; "
    "PORTAL_AXE=all for everything"
)  # fmt: skip


# To look at style sheets, axe would add one of its own, which the policy refuses.
WITHOUT_STYLES = """
const run = axe.run
axe.run = (what, how) => run(what, {...how, preload: false})
"""


class Shown:
    """A browser that shows answers as the portal gave them, headers and all. `scripts`: path →
    answer of what the portal makes for its pages."""

    def __init__(self, browser):
        self.complaints, self.scripts, self._state = Complaints(), {}, None
        context = browser.new_context(base_url="http://localhost", service_workers="block")
        context.add_init_script(f"{AXE.read_text()}\n{WITHOUT_STYLES}")
        context.route("**/*", self._give)
        self.page = context.new_page()
        self.complaints.watch(self.page)

    def show(self, state):
        self._state = state
        self.page.goto(state.address)

    def _give(self, route):
        path = urlsplit(route.request.url).path
        if route.request.is_navigation_request():
            answer = self._state.answer
            headers = {name: value for name, value in answer.items() if name != "Content-Length"}
            route.fulfill(status=answer.status_code, headers=headers, body=answer.content)
        elif path.endswith((".woff2", ".svg")):
            route.fulfill(status=204)
        elif found := path.startswith("/static/") and finders.find(path.removeprefix("/static/")):
            route.fulfill(path=found)
        elif path in self.scripts:
            route.fulfill(body=self.scripts[path].content, content_type="text/javascript")
        else:
            route.fulfill(status=204)

    def faults(self, pages, figure):
        """{page: what is wrong with it}, each at its looks; and what the browser complained of."""
        wrong, looks = {}, 0
        for number, state in enumerate(pages):
            self.show(state)
            for width, theme in LOOKS if IN_FULL else LOOKS[number % len(LOOKS) :][:1]:
                looks += 1
                if found := look(self.page, width, theme):
                    wrong[state.name, width, theme] = found
        figure(f"{len(pages)} pages, {looks} looks, {len(wrong)} faults, "
               f"{len(self.complaints)} complaints; {RULE}")  # fmt: skip
        return wrong | ({"complaints": self.complaints} if self.complaints else {})


@pytest.fixture(autouse=True)
def quiet():
    """What the portal logs of all that it refuses here nobody reads."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def shown(browser):
    screen = Shown(browser)
    yield screen
    screen.page.context.close()


@pytest.fixture
def full(world):
    """The small world with somebody who has not answered yet."""
    make.QuestionFactory(questionnaire=world.question.questionnaire, required=True)
    person = make.PersonFactory(agency=world.mine.agency)
    world.mine.invitation = make.InvitationFactory(wave=world.wave, person=person)
    return world


# Forms in which nothing can be wrong.
NEVER_WRONG = {
    "accounts:address_confirm": "a button",
    "surveys:wave_open": "a button",
    "surveys:wave_end": "a button",
    "surveys:question_delete": "a button",
}


def test_forms_that_come_back_have_no_fault(full, shown, figure):
    found = list(states.forms_again(full))
    pages = [state for state in found if state.answer]
    without = {state.name for state in found if not state.answer}
    assert without & {name for name, door in DOORS.items() if door.methods == FORM} == (
        NEVER_WRONG.keys()
    )
    assert shown.faults(pages, figure) == {}


def test_an_office_without_rows_has_no_fault(cco, outsider, shown, figure):
    assert shown.faults(list(states.empty_pages(cco, outsider)), figure) == {}


def test_errors_have_no_fault(full, shown, figure):
    pages = list(states.error_pages(full))
    assert [state.answer.status_code for state in pages] == [
        int(state.name.split()[1]) for state in pages
    ]
    assert shown.faults(pages, figure) == {}


def test_the_admin_site_has_no_fault(administrator, shown, figure, request):
    pages = list(states.admin_pages(administrator, after=", empty"))
    request.getfixturevalue("one_of_each")
    pages += states.admin_pages(administrator)
    words = reverse("admin:jsi18n")
    shown.scripts[words] = states.open_as(administrator).get(words)
    if not IN_FULL:
        pages = states.largest_of_each_kind(pages)
    assert shown.faults(pages, figure) == {}


def test_a_fault_is_seen(db, shown, figure):
    """The negative control: a picture without words, and a script that the policy refuses."""
    state = states.State("error 404", "/nothing/", states.open_as(None).get("/nothing/"))
    planted = b"<img src='/static/img/mark.svg'><script>1</script><h1>"
    state.answer.content = state.answer.content.replace(b"<h1>", planted)
    found = shown.faults([state], figure)
    assert [fault.partition(":")[0] for fault in found["error 404", 320, "light"]] == ["image-alt"]
    assert "Content Security Policy" in found["complaints"][0]
