"""The history of one agency: complete, in order, and cut into pages."""

import datetime as dt

import pytest

from dashboards import telling
from dashboards.queries import timeline
from outbox.models import Letter
from tests import factories as make
from tests.factories import NOW, TODAY


@pytest.fixture
def read(cco, agency):
    def entries(**choice):
        return timeline.page(cco, agency, now=NOW, **choice).entries

    return entries


def kinds(entries):
    return {entry.kind for entry in entries}


def test_everything_that_happened_is_told(client, world, cco):
    client.force_login(cco)
    agency = world.mine.agency
    agency.governance, agency.version = "federated", 2
    agency.save()
    told = [
        telling.tell(entry).what
        for entry in timeline.page(cco, agency, now=NOW + dt.timedelta(days=9999)).entries
    ]
    assert sorted(told) == [
        "Concern: a 2 on “Speed”",
        "Dana Ortiz became primary liaison",
        "Facts changed",
        "Letter to Pat Bicycle: Survey for Bicycle",
        "Note on: Speed up Bicycle",
        "Pat Bicycle answered “2027”",
        "Visit: met Pat Bicycle",
    ]


def test_newest_first_and_nothing_of_the_future(read, agency):
    make.MeetingFactory(at=[agency], held_at=NOW - dt.timedelta(days=3))
    make.MeetingFactory(at=[agency], held_at=NOW - dt.timedelta(days=1))
    make.MeetingFactory(at=[agency], held_at=NOW + dt.timedelta(days=1))
    make.AssignmentFactory(agency=agency, starts_on=TODAY, until=TODAY + dt.timedelta(days=30))
    ats = [entry.at for entry in read(show="meetings")]
    assert ats == [NOW - dt.timedelta(days=1), NOW - dt.timedelta(days=3)]
    assert "ended" not in kinds(read())


def test_pages_hold_every_entry_once_even_at_one_instant(cco, agency):
    for number in range(60):
        make.ConcernFactory(agency=agency, raised_at=NOW - dt.timedelta(days=number // 30))
    for _number in range(30):
        make.MeetingFactory(at=[agency], held_at=NOW)
    seen, before = [], ""
    for _page in range(10):
        page = timeline.page(cco, agency, now=NOW, before=before)
        seen += [(entry.kind, entry.pk) for entry in page.entries]
        before = page.older
        if not before:
            break
    assert len(seen) == len(set(seen)) == 90


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("meetings", {"meeting"}),
        ("answers", {"response"}),
        ("concerns", {"concern"}),
        ("actions", {"activity"}),
        ("letters", {"surveyletter"}),
        ("changes", {"began"}),
        ("nonsense", {"meeting", "response", "concern", "activity", "surveyletter", "began"}),
    ],
)
def test_chips_show_their_kind(world, cco, show, expected):
    page = timeline.page(cco, world.mine.agency, now=NOW, show=show)
    assert kinds(page.entries) == expected


def test_words_are_found_in_notes_answers_concerns_and_actions(world, cco):
    page = timeline.page(cco, world.mine.agency, now=NOW, text="bicycle")
    assert kinds(page.entries) == {"meeting", "response", "concern", "activity", "surveyletter"}
    assert timeline.page(cco, world.mine.agency, now=NOW, text="100%").entries == []


def test_a_withdrawn_meeting_is_gone(read, agency):
    make.MeetingFactory(at=[agency], withdrawn_at=NOW)
    assert read() == []


def test_a_letter_that_was_not_sent_says_why(world, cco):
    letter = world.mine.letter
    letter.delete()
    letter.pk, letter.state, letter.reason = None, Letter.State.CANCELLED, "She has answered."
    letter.save(force_insert=True)
    (entry,) = timeline.page(cco, world.mine.agency, now=NOW, show="letters").entries
    assert telling.tell(entry).what == "Letter to Pat Bicycle was not sent: She has answered."


def test_a_change_says_what_it_was_before(cco, agency):
    agency.tier, agency.version = 3, 2
    agency.save()
    # Logging a meeting touches the row too, and is no change of facts.
    agency.last_contact_at = NOW
    agency.save()
    later = NOW + dt.timedelta(days=9999)
    (entry,) = timeline.page(cco, agency, now=later, show="changes").entries
    assert telling.tell(entry).text == "tier: 1 → 3"
