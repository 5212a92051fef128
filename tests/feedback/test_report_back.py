"""The raiser hears what was done, and decides whether it helped."""

import threading

import pytest
from django.db import connection

from crm_portal.lib.refusals import Refusal
from feedback.models import Action, Concern, ReportBack
from feedback.services import actions, dispositions
from feedback.services import report_back as reports
from outbox.models import Letter
from tests import factories
from tests.feedback.conftest import letters


def state():
    return Concern.objects.get().state


def answer(row, verdict, now, words=""):
    return reports.answer(report_back=row, verdict=verdict, words=words, now=now, by=row.person)


def test_last_action_done_reports_back_in_the_same_transaction(report_back, agency_cio):
    assert state() == "reported"
    assert (report_back.person, report_back.did, report_back.round) == (
        agency_cio,
        "Notices go out by text now.",
        1,
    )
    assert letters() == [("ines@dot.example", "report_back", "queued")]


def test_report_waits_for_the_last_action(concern, action, officer, liaison, today, now):
    second = dispositions.open_action(
        concern=concern, what="Meet them", owner=officer, due_on=today, by=liaison, now=now
    )
    actions.complete(action=action, outcome="Notices go out.", by=liaison, now=now)
    assert (state(), ReportBack.objects.count()) == ("in_action", 0)
    actions.drop(action=second, why="They were here.", by=officer, now=now)
    assert (state(), ReportBack.objects.get().did) == ("reported", "Notices go out.")


def test_fixed_ends_the_story(report_back, later):
    answer(report_back, "fixed", later(days=1), words="Thank you")
    assert (state(), Action.objects.get().state) == ("fixed", "done")


def test_not_fixed_reopens_the_action_and_tells_its_owner(report_back, action, later):
    answer(report_back, "not_fixed", later(days=1), words="Still silent.")
    action.refresh_from_db()
    # Five business days after Thursday.
    assert (state(), action.state, f"{action.due_on}") == ("in_action", "open", "2027-03-11")
    assert (action.cycle, action.last_activity_at) == (3, later(days=1))
    assert action.activities.last().text == "Ines Cruz: not fixed. Still silent."
    assert letters("reopened") == [("dana@oit.example", "reopened", "queued")]


def test_reopened_and_done_again_asks_in_a_new_round(report_back, action, liaison, later):
    answer(report_back, "not_fixed", later(days=1))
    actions.complete(action=action, outcome="Tested with you.", by=liaison, now=later(days=2))
    first, second = ReportBack.objects.all()
    assert first.superseded_at == later(days=2)
    assert (second.round, second.did) == (2, "Tested with you.")
    answer(second, "fixed", later(days=3))
    assert state() == "fixed"


def test_same_answer_twice_is_harmless(report_back, later):
    answer(report_back, "not_fixed", later(days=1), words="Silent.")
    answer(report_back, "not_fixed", later(days=2))
    report_back.refresh_from_db()
    assert (report_back.words, report_back.answered_at) == ("Silent.", later(days=1))
    assert len(letters("reopened")) == 1


@pytest.mark.django_db(transaction=True)
def test_answers_at_the_same_time_reopen_once(report_back, later):
    def work():
        answer(report_back, "not_fixed", later(days=1))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Action.objects.get().activities.filter(kind="reopened").count() == 1
    assert len(letters("reopened")) == 1


def test_fixed_may_become_not_fixed(report_back, later):
    answer(report_back, "fixed", later(days=1))
    answer(report_back, "not_fixed", later(days=20))
    assert (state(), Action.objects.get().state) == ("in_action", "open")


def test_not_fixed_stands_until_asked_again(report_back, later):
    answer(report_back, "not_fixed", later(days=1))
    with pytest.raises(Refusal, match="We will ask you again"):
        answer(report_back, "fixed", later(days=1))
    assert state() == "in_action"


def test_older_question_takes_no_answer(report_back, concern, liaison, today, later):
    dispositions.open_action(
        concern=concern, what="More", owner=liaison, due_on=today, by=liaison, now=later(hours=1)
    )
    with pytest.raises(Refusal, match="newest letter"):
        answer(report_back, "fixed", later(days=1))


def test_verdict_that_does_not_exist_is_refused(report_back, now):
    with pytest.raises(Refusal, match="Choose one"):
        answer(report_back, "perhaps", now)


def test_words_that_do_not_settle_it_ask_for_another_answer(concern, liaison, now, later):
    dispositions.reply(concern=concern, text="It was the power line.", by=liaison, now=now)
    answer(ReportBack.objects.get(), "not_fixed", later(days=1), words="And tomorrow?")
    concern.refresh_from_db()
    assert (concern.state, concern.disposed_by) == ("new", None)
    assert letters("unsettled") == [("dana@oit.example", "unsettled", "queued")]
    dispositions.decline(concern=concern, reason="No money.", by=liaison, now=later(days=2))
    assert [row.kind for row in ReportBack.objects.all()] == ["reply", "decline"]


def test_accepted_decline_stays_a_decline(concern, liaison, now, later):
    dispositions.decline(concern=concern, reason="No money.", by=liaison, now=now)
    answer(ReportBack.objects.get(), "fixed", later(days=1))
    assert state() == "declined"


def test_raiser_who_left_is_not_asked_and_the_liaison_is_told(
    concern, action, agency_cio, liaison, today, now, later
):
    agency_cio.left_on = today
    agency_cio.save(update_fields=["left_on"])
    actions.complete(action=action, outcome="Notices go out.", by=liaison, now=now)
    assert (state(), letters()) == (
        "in_action",
        [("dana@oit.example", "nobody_to_ask", "queued")],
    )
    other = factories.PersonFactory(agency=concern.agency, email="new@dot.example")
    reports.ask(concern=concern, did="Notices go out.", person=other, by=liaison, now=later(days=1))
    assert (state(), letters("report_back")) == (
        "reported",
        [("new@dot.example", "report_back", "queued")],
    )


def test_nobody_elsewhere_is_asked(concern, liaison, now):
    dispositions.reply(concern=concern, text="Yes.", by=liaison, now=now)
    with pytest.raises(Refusal, match="works elsewhere"):
        reports.ask(
            concern=concern, did="Yes.", person=factories.PersonFactory(), by=liaison, now=now
        )


def test_sweep_plans_what_is_missing_and_nothing_twice(report_back, now):
    assert reports.plan_letters(now=now) == 0
    Letter.objects.all().delete()
    assert reports.plan_letters(now=now) == 1
    assert reports.plan_letters(now=now) == 0


def test_failure_after_done_undoes_it_all(action, liaison, now, monkeypatch):
    def fail(**letter):
        raise RuntimeError

    monkeypatch.setattr(reports.planning, "plan", fail)
    with pytest.raises(RuntimeError):
        actions.complete(action=action, outcome="Done.", by=liaison, now=now)
    assert (Action.objects.get().state, state()) == ("open", "in_action")
    assert not ReportBack.objects.exists()


def test_letters_about_the_report_lead_to_the_concern(client, cco, report_back, concern, later):
    answer(report_back, "not_fixed", later(days=1))
    client.force_login(cco)
    letter = Letter.objects.get(kind="report_back")
    assert client.get(letter.page).context["concern"] == concern
