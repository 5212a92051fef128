"""What people write is text wherever it is shown: on every page, in the admin site, and in forms
that are shown again."""

from collections import Counter

import pytest
from django.template import Engine
from markdown_it import MarkdownIt

from crm_portal.templatetags import portal
from tests.attacks.stored_scripts import fields
from tests.attacks.stored_scripts.payloads import PAYLOADS
from tests.attacks.stored_scripts.readers import pages, readers
from tests.attacks.stored_scripts.typed import answers_to

pytestmark = pytest.mark.django_db
# Texts that no page shows, and why.
REPEATS = "an option, word for word, which is told by the question's mark"
NOT_SHOWN = {
    "admin.logentry.change_message": "our own page of a row's history stands instead",
    "agencies.importdraft.default_state": "chosen from the list of states, which it is not on",
    **dict.fromkeys(fields.REPEATED, REPEATS),
}
# So many payloads are seen of each text at least.
WANTED = 100


def test_every_text_is_filled_or_named():
    known = fields.written_texts().keys() | fields.FIXED.keys() | fields.choices()
    assert known == fields.all_texts().keys()
    assert fields.FIXED.keys() & fields.choices() == set()
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 100


def test_what_people_write_stays_text_on_every_page(filled, open_viewer, figure):
    viewer = open_viewer()
    found = list(pages(filled))
    viewer.show(found)
    looked_at = viewer.pages
    viewer.show(answers_to(viewer.forms, found))
    seen = Counter(fields.labels()[place] for place, _payload in viewer.seen)
    missing = set(fields.labels()) - seen.keys()
    tell(figure, viewer, looked_at, missing)
    assert viewer.faults == []
    assert missing == NOT_SHOWN.keys()
    assert {label: count for label, count in seen.items() if count < WANTED} == {}
    # What is tidied or marked up loses a sign here and there.
    assert sum(viewer.seen.values()) > 0.99 * len(viewer.seen)


def tell(figure, viewer, looked_at, missing):
    figure(
        f"no dice: {len(PAYLOADS)} payloads in {len(fields.written_texts())} texts, "
        f"{fields.IN_A_TEXT} of them in each row, on {looked_at} pages and in "
        f"{viewer.pages - looked_at} forms shown again: {len(viewer.seen):,} (text, payload) seen, "
        f"{sum(viewer.seen.values()):,} letter by letter; {len(viewer.faults)} ran or were reported"
    )
    figure(
        f"not filled: {len(fields.FIXED)} texts of our code, {len(fields.choices())} choices of "
        f"ours; {len(fields.too_long())} (text, payload) too long for their column, shown all the "
        f"same; on no page: {', '.join(sorted(missing))}"
    )


# ---- The negative controls ----------------------------------------------------------------------


def without_escaping(patch):
    patch.setattr(Engine.get_default(), "autoescape", False)


def without_escaping_in_code(patch):
    patch.setattr("django.utils.html.conditional_escape", str)


def without_cleaning(patch):
    patch.setattr(portal, "_MARKDOWN", MarkdownIt("commonmark", {"html": True}))
    patch.setattr("nh3.clean", lambda html, **_options: html)


# Guard → the page that shows what it holds back.
GUARDS = {
    without_escaping: lambda world: f"/concerns/{world.mine.concern.pk}/",
    without_escaping_in_code: lambda world: f"/survey/{world.half_answered.public_id}/?step=all",
    without_cleaning: lambda world: f"/meetings/{world.mine.meeting.pk}/",
}


def test_a_guard_that_is_off_is_noticed(filled, open_viewer, monkeypatch):
    """With the content-security policy nothing runs, and the browser says what it has refused;
    without it something runs."""
    people = readers(filled)
    for guard, address_of in GUARDS.items():
        address = address_of(filled)
        client = people["answering" if "survey" in address else "cco"]
        with monkeypatch.context() as patch:
            guard(patch)
            answer = client.get(address)
        for has_policy in (True, False):
            viewer = open_viewer(has_policy=has_policy)
            viewer.show([(address, answer, client)])
            has_run = any("a script ran" in fault for fault in viewer.faults)
            is_reported = any("policy: script-src" in fault for fault in viewer.faults)
            assert (has_run, is_reported) == (not has_policy, has_policy), guard.__name__
