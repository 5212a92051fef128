"""How concerns come into being, and that each gets one answer."""

import threading

import pytest
from django.db import connection

from crm_portal.lib.refusals import Refusal, StaleRecord
from feedback import tasks
from feedback.models import Action, Concern, ReportBack
from feedback.services import actions, concerns, dispositions, waves
from surveys.models import Response, Wave
from tests import factories
from tests.feedback.conftest import letters, submitted


def raised():
    return [(row.quote, row.rating, row.state) for row in Concern.objects.order_by("pk")]


def test_low_ratings_and_comments_become_concerns(response, agency, agency_cio, now):
    assert concerns.raise_from_response(response=response, now=now) == 2
    assert raised() == [
        ("Nobody told us about the outage.", 2, "new"),
        ("Please visit us more often.", None, "new"),
    ]
    first = Concern.objects.order_by("pk").first()
    assert (first.agency, first.raised_by, first.topic) == (agency, agency_cio, "Business")


@pytest.mark.parametrize(("number", "text", "count"), [(4, "", 0), (3, "", 1), (5, "Thanks!", 1)])
def test_threshold_of_the_wave_decides(response, now, number, text, count):
    response.answers.exclude(number=2).delete()
    response.answers.update(number=number, text=text)
    concerns.raise_from_response(response=response, now=now)
    assert len(raised()) == count


def test_raising_twice_changes_nothing(response, now):
    for _ in range(2):
        concerns.raise_from_response(response=response, now=now)
    # Somebody forgot that it was done: the row of each answer still stands.
    Response.objects.update(concerns_raised_at=None)
    concerns.raise_from_new_responses(now=now)
    assert len(raised()) == 2


def test_sweep_finds_what_no_event_told(response, now):
    concerns.raise_from_new_responses(now=now)
    assert len(raised()) == 2
    assert not Response.objects.filter(concerns_raised_at=None).exists()


def test_sweep_reads_the_others_when_one_fails(agency_cio, response, now, monkeypatch):
    bad = submitted(factories.PersonFactory(), now)
    real = concerns.raise_from_response

    def fail_for_one(*, response, now):
        if response.pk == bad.pk:
            raise RuntimeError("broken")
        return real(response=response, now=now)

    monkeypatch.setattr(concerns, "raise_from_response", fail_for_one)
    with pytest.raises(RuntimeError):
        concerns.raise_from_new_responses(now=now)
    assert len(raised()) == 2


def test_task_raises_once_and_copes_with_a_response_that_is_gone(response):
    tasks.raise_concerns(response_id=response.pk)
    tasks.raise_concerns(response_id=response.pk)
    tasks.raise_concerns(response_id=0)
    tasks.raise_concerns()
    assert len(raised()) == 2


def test_draft_raises_nothing(response, now):
    Response.objects.update(submitted_at=None)
    response.refresh_from_db()
    assert concerns.raise_from_response(response=response, now=now) == 0


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_raise_once(response, now):
    def work():
        concerns.raise_from_response(response=response, now=now)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(raised()) == 2


def test_line_of_a_meeting_becomes_a_concern(agency, agency_cio, liaison, now):
    meeting = factories.MeetingFactory(at=[agency], logged_by=liaison)
    row = concerns.raise_from_meeting(
        meeting=meeting,
        agency=agency,
        quote=" Tickets get lost. ",
        person=agency_cio,
        by=liaison,
        now=now,
    )
    assert (row.quote, row.raised_at, row.source) == (
        "Tickets get lost.",
        meeting.held_at,
        "meeting",
    )


def test_meeting_of_others_raises_nothing(agency, other_agency, liaison, now):
    meeting = factories.MeetingFactory(at=[other_agency], logged_by=liaison)
    with pytest.raises(Refusal, match="was not at this meeting"):
        concerns.raise_from_meeting(
            meeting=meeting, agency=agency, quote="Lost.", by=liaison, now=now
        )


@pytest.mark.parametrize("quote", ["", "  \n"])
def test_concern_needs_their_words(agency, agency_cio, liaison, now, quote):
    with pytest.raises(Refusal, match="in their words"):
        concerns.raise_directly(agency=agency, person=agency_cio, quote=quote, by=liaison, now=now)


def test_person_of_another_agency_is_refused(agency, liaison, now):
    with pytest.raises(Refusal, match="works elsewhere"):
        concerns.raise_directly(
            agency=agency, person=factories.PersonFactory(), quote="Lost.", by=liaison, now=now
        )


# ---- Dispositions --------------------------------------------------------------------------------


def test_action_disposes_of_a_concern(concern, action, liaison, now):
    concern.refresh_from_db()
    assert (concern.state, concern.disposed_by, concern.disposed_at) == ("in_action", liaison, now)
    assert [entry.kind for entry in action.activities.all()] == ["created"]


def test_concern_may_have_several_actions(concern, action, officer, liaison, today, now):
    dispositions.open_action(
        concern=concern, what="Meet them", owner=officer, due_on=today, by=liaison, now=now
    )
    assert concern.actions.count() == 2


def test_reply_is_sent_to_the_raiser(concern, liaison, now):
    dispositions.reply(concern=concern, text="It was the power line.", by=liaison, now=now)
    concern.refresh_from_db()
    assert (concern.state, concern.answer_text) == ("replied", "It was the power line.")
    assert letters() == [("ines@dot.example", "reply", "queued")]


def test_decline_needs_a_reason_and_is_sent(concern, liaison, now):
    with pytest.raises(Refusal, match="Write the reason"):
        dispositions.decline(concern=concern, reason=" ", by=liaison, now=now)
    assert Concern.objects.get().state == "new"
    dispositions.decline(concern=concern, reason="The law forbids it.", by=liaison, now=now)
    assert Concern.objects.get().state == "declined"
    assert [(row.kind, row.did) for row in ReportBack.objects.all()] == [
        ("decline", "The law forbids it.")
    ]


def test_second_answer_in_words_is_refused(concern, liaison, now):
    dispositions.reply(concern=concern, text="Yes.", by=liaison, now=now)
    with pytest.raises(Refusal, match="has an answer already"):
        dispositions.decline(concern=concern, reason="No.", by=liaison, now=now)


def test_words_do_not_replace_an_action(concern, action, liaison, now):
    with pytest.raises(Refusal, match="Actions are under way"):
        dispositions.reply(concern=concern, text="Done?", by=liaison, now=now)


def test_action_after_a_reply_supersedes_the_question(concern, liaison, today, now):
    dispositions.reply(concern=concern, text="Yes.", by=liaison, now=now)
    dispositions.open_action(
        concern=concern, what="Do it", owner=liaison, due_on=today, by=liaison, now=now
    )
    assert ReportBack.objects.get().superseded_at == now
    assert letters() == [("ines@dot.example", "reply", "cancelled")]


def test_editor_of_an_old_version_is_told(concern, action, liaison, now):
    with pytest.raises(StaleRecord):
        dispositions.reply(concern=concern, text="Yes.", by=liaison, now=now, seen_version=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"what": " "}, "Write what will be done"),
        ({"days": -1}, "This date has passed"),
        ({"who": "representative"}, "cannot own actions"),
    ],
)
def test_action_refuses_and_says_what_to_do(
    concern, liaison, request, today, later, now, change, message
):
    owner = request.getfixturevalue(change.get("who", "liaison"))
    with pytest.raises(Refusal, match=message):
        dispositions.open_action(
            concern=concern,
            what=change.get("what", "Do it"),
            owner=owner,
            due_on=later(days=change.get("days", 1)).date(),
            by=liaison,
            now=now,
        )
    assert not Action.objects.exists()
    assert Concern.objects.get().state == "new"


def test_dropping_the_only_action_asks_for_another_answer(concern, action, liaison, now):
    actions.drop(action=action, why="Not ours.", by=liaison, now=now)
    concern.refresh_from_db()
    assert (concern.state, concern.disposed_at) == ("new", None)
    assert letters() == []


# ---- Closing a wave ------------------------------------------------------------------------------


def test_wave_closes_only_when_every_concern_has_an_answer(response, liaison, cco, now):
    wave = response.wave
    with pytest.raises(Refusal, match="still being read"):
        waves.close(wave=wave, by=cco, now=now)
    concerns.raise_from_response(response=response, now=now)
    for left in (2, 1):
        with pytest.raises(Refusal, match=f"^{left} concern"):
            waves.close(wave=wave, by=cco, now=now)
        row = Concern.objects.undisposed().first()
        dispositions.reply(concern=row, text="We know.", by=liaison, now=now)
    waves.close(wave=wave, by=cco, now=now)
    assert waves.close(wave=wave, by=cco, now=now).closed_at == now
    assert Wave.objects.get().state == "closed"


def test_open_wave_is_not_closed(office_row, cco, now):
    with pytest.raises(Refusal, match="after its last day"):
        waves.close(wave=factories.WaveFactory(), by=cco, now=now)
