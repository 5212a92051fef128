"""Who waits for somebody else's step on an action or a concern decides by what that one left."""

import datetime as dt

import pytest

from agencies.models import Person
from agencies.services import meetings, registry
from crm_portal.lib.refusals import Refusal
from feedback.models import Action, ActionActivity, Concern, ReportBack
from feedback.services import actions, concerns, dispositions, escalation, report_back
from feedback.services import waves as closing
from outbox.models import Letter
from surveys.models import Response, Wave
from surveys.services import responses, waves
from tests import factories
from tests.overtaking.overtaken import elsewhere, overtaken

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def action(agency, liaison):
    return factories.ActionFactory(agency=agency, owner=liaison)


def test_note_on_an_action_that_changes_hands_is_kept(action, other_liaison, cco, now):
    """Who waits finds the action although its owner is another by now."""
    with overtaken(lambda: actions.note(action=action, text="Called.", by=cco, now=now)) as note:
        actions.hand_over(action=action, to=other_liaison, by=cco, now=now)
    assert note.error is None
    kinds = ActionActivity.objects.values_list("kind", flat=True)
    assert list(kinds) == ["handed_over", "note"]
    assert Action.objects.get().owner == other_liaison


def test_second_hand_over_names_who_has_it_by_now(action, other_liaison, cco, lead, now):
    with overtaken(lambda: actions.hand_over(action=action, to=lead, by=cco, now=now)) as second:
        actions.hand_over(action=action, to=other_liaison, by=cco, now=now)
    assert second.error is None
    last = ActionActivity.objects.order_by("pk").last()
    assert last.text == f"from {other_liaison} to {lead}"


def test_action_is_completed_once(action, cco, now):
    with overtaken(lambda: actions.drop(action=action, why="No money.", by=cco, now=now)) as late:
        actions.complete(action=action, outcome="Repaired.", by=cco, now=now)
    assert isinstance(late.error, Refusal)
    assert Action.objects.get().state == "done"


@pytest.fixture
def concern(agency, agency_cio):
    return factories.ConcernFactory(agency=agency, raised_by=agency_cio, quote="Slow.")


def test_concern_gets_one_answer(concern, cco, now):
    decline = {"concern": concern, "reason": "No money.", "by": cco, "now": now}
    with overtaken(lambda: dispositions.decline(**decline)) as late:
        dispositions.reply(concern=concern, text="We called.", by=cco, now=now)
    assert isinstance(late.error, Refusal)
    assert Concern.objects.get().answer_text == "We called."


def test_verdict_on_what_is_no_longer_the_question_is_refused(concern, cco, liaison, now):
    dispositions.reply(concern=concern, text="We called.", by=cco, now=now)
    row = ReportBack.objects.get()
    verdict = {"report_back": row, "verdict": "fixed", "words": "Thanks.", "now": now}
    with overtaken(lambda: report_back.answer(**verdict)) as late:
        dispositions.open_action(
            concern=concern, what="Repair", owner=liaison, due_on=now.date(), by=cco, now=now
        )
    assert isinstance(late.error, Refusal)
    assert ReportBack.objects.get().verdict == ""


def test_verdict_of_who_has_left_meanwhile_is_refused(concern, agency_cio, cco, now):
    dispositions.reply(concern=concern, text="We called.", by=cco, now=now)
    row = ReportBack.objects.select_related("person").get()
    verdict = {"report_back": row, "verdict": "fixed", "words": "Thanks.", "now": now}
    with overtaken(lambda: report_back.answer(**verdict)) as late:
        Concern.objects.select_for_update().get(pk=concern.pk)
        registry.mark_left(person=Person.objects.get(pk=agency_cio.pk), on=now.date(), by=cco)
    assert "no longer works" in str(late.error)
    assert ReportBack.objects.get().verdict == ""


@pytest.fixture
def meeting(agency, liaison):
    return factories.MeetingFactory(at=[agency], logged_by=liaison)


def from_meeting(meeting, agency, liaison, now):
    return concerns.raise_from_meeting(
        meeting=meeting, agency=agency, quote="Slow.", by=liaison, now=now
    )


def test_meeting_that_is_withdrawn_raises_no_concern(meeting, agency, liaison, now):
    with overtaken(lambda: from_meeting(meeting, agency, liaison, now)) as late:
        meetings.withdraw(meeting=meeting, by=liaison, now=now)
    assert "was withdrawn" in str(late.error)
    assert not Concern.objects.exists()


def test_agency_that_is_taken_out_of_a_meeting_raises_no_concern(
    meeting, agency, other_agency, liaison, now
):
    with overtaken(lambda: from_meeting(meeting, agency, liaison, now)) as late:
        meetings.edit(
            meeting=meeting, seen_version=1, changes={"agencies": [other_agency]}, by=liaison,
            now=now,
        )  # fmt: skip
    assert "was not at this meeting" in str(late.error)
    assert not Concern.objects.exists()


def test_two_ticks_with_a_note_between_them_remind_once(action, cco, now):
    Action.objects.update(due_on=now.date() + dt.timedelta(days=1))
    with overtaken(lambda: escalation.remind_before_due(now=now)) as second:
        assert escalation.remind_before_due(now=now) == 1
        elsewhere(lambda: actions.note(action=action, text="Called.", by=cco, now=now))
    assert second.error is None
    assert Letter.objects.filter(kind="due_soon").count() == 1


def test_wave_does_not_close_over_an_answer_that_is_being_sent(agency_cio, office_row, cco, now):
    question = factories.QuestionFactory()
    wave = factories.WaveFactory(questionnaire=question.questionnaire)
    invitation = factories.InvitationFactory(wave=wave, person=agency_cio)

    def end_and_close():
        waves.end_now(wave=wave, by=cco, now=now)
        closing.close(wave=wave, by=cco, now=now)

    answers = {question.pk: {"number": 1}}
    with overtaken(end_and_close) as close:
        responses.submit(invitation=invitation, answers=answers, now=now)
    assert "still being read" in str(close.error)
    assert (Response.objects.submitted().count(), Wave.objects.get().state) == (1, "ended")
