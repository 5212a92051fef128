"""Every page, at three widths, light and dark: no fault that axe can find, no sideways scrolling,
no complaint of the browser (a script's error, a breach of the content-security policy)."""

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from crm_portal.lib import links
from tests.doors.table import GROUPS, PUBLIC

pytestmark = pytest.mark.django_db(transaction=True)

AXE = Path(settings.BASE_DIR, "node_modules", "axe-core", "axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [(320, "light"), (320, "dark"), (768, "light"), (768, "dark"), (1280, "light"),
         (1280, "dark")]  # fmt: skip
NOT_PAGES = {"accounts:logo", "service_worker", "outbox:healthz", "mailbox:html", "outbox:preview",
             "dashboards:agency_export", "agencies:meeting_export", "feedback:action_export",
             "surveys:export", "agencies:meeting_picker",
             # A piece of surveys:wave_add, which is looked at with it.
             "surveys:audience"}  # fmt: skip
# Who looks, where it is not the chief customer officer.
EYES = {
    "feedback:own_concerns": "representative",
    "dashboards:components": "administrator",
    "dashboards:components_answers": "administrator",
    "agencies:import_preview": "cco",
}

# Two frames: the new theme is drawn then. Nothing moves into it, for the motion is reduced.
DRAWN = """
async () => {
  for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame)
  return document.getAnimations().filter(one => one instanceof CSSTransition).length
}
"""


def pages(group):
    return [n for n, door in group.items() if "GET" in door.methods and n not in NOT_PAGES]


def faults(page):
    """What axe finds now, shortly."""
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    return [
        f"{fault['id']}: {node['target']} {node['any'][0]['message'] if node['any'] else ''}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


def look(page, width, theme):
    """The faults of the open page at this width in this theme."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    # As high as the page: a bar that sticks to the window's edge would cover what it scrolls over.
    height = page.evaluate("Math.min(document.documentElement.scrollHeight, 8000)")
    page.set_viewport_size({"width": width, "height": max(900, height)})
    moving = page.evaluate(DRAWN)
    found = faults(page)
    if moving:
        found.append("moves though the motion is reduced")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways")
    return found


def open_as(page_as, world, name, door):
    address = reverse(name, kwargs=door.kwargs(world))
    if door.alone == "not there" and "public_id" in door.kwargs(world):
        row = world.mine.report_back if name.startswith("feedback") else world.mine.invitation
        purpose = "report_back" if name.startswith("feedback") else "survey"
        page = page_as(None, f"/{purpose[0]}/{links.token_of(purpose, row)}")
        page.goto(page.url.partition("/survey/")[0].partition("/report-back/")[0] + address)
        return page
    role = None if door.access == PUBLIC else EYES.get(name, "cco")
    return page_as(role and world.people[role], address)


@pytest.mark.parametrize("group", GROUPS)
def test_pages_have_no_fault(page_as, world, group):
    wrong = {}
    for name in pages(GROUPS[group]):
        page = open_as(page_as, world, name, GROUPS[group][name])
        page.evaluate(AXE.read_text())
        for width, theme in LOOKS:
            if found := look(page, width, theme):
                wrong[name, width, theme] = found
        page.context.close()
    assert wrong == {}


def test_axe_is_awake(page_as, world):
    page = page_as(world.people["cco"], reverse("accounts:profile"))
    page.evaluate(AXE.read_text())
    page.evaluate("document.querySelector('label[for=id_name]').remove()")
    assert [fault.partition(":")[0] for fault in faults(page)] == ["label"]
