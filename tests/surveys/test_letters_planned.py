import datetime as dt
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.calendar import OfficeCalendar
from accounts.models import User
from crm_portal import tick as ticking
from crm_portal.lib import clocks, links
from outbox import smtp
from outbox.models import Letter
from outbox.services import sending
from surveys.models import Invitation, ResponseTally, Wave
from surveys.schedule import due_step, steps
from surveys.services import invitations, responses, waves
from tests import factories

DAY = dt.timedelta(days=1)


def ledger(**filters):
    rows = Letter.objects.filter(purpose="survey", **filters).order_by("kind", "seq", "pk")
    return list(rows.values_list("kind", "seq", "state"))


def local(calendar, instant):
    return instant.astimezone(calendar.zone)


# ---- Invitations ---------------------------------------------------------------------------------


def test_invite_writes_to_the_audience_once(wave, agency_cio, now):
    assert invitations.invite(wave=wave, now=now) == 0
    assert list(Invitation.objects.values_list("wave", "person")) == [(wave.pk, agency_cio.pk)]
    assert ledger() == [("invitation", 0, "queued")]


def test_invite_reaches_those_who_became_respondents(wave, person_at, agency, now):
    person_at(agency)
    invitations.plan_letters(now=now + DAY)
    assert Invitation.objects.filter(wave=wave).count() == 2
    assert ResponseTally.objects.get(wave=wave).invited == 2


def test_invite_leaves_out_others(draft_wave, agency, other_agency, person_at, now):
    person_at(agency, name="asked")
    person_at(agency, is_respondent=False)
    person_at(agency, left_on=now.date())
    person_at(agency, level="staff")
    person_at(other_agency)
    waves.change(
        wave=draft_wave,
        changes={"audience_levels": ["executive"], "audience_tiers": [1]},
        seen_version=1,
        by=None,
    )
    waves.open_now(wave=draft_wave, by=None, now=now)
    invitations.invite(wave=draft_wave, now=now)
    assert list(Invitation.objects.values_list("person__name", flat=True)) == ["asked"]


def test_a_link_taken_back_counts_no_more(invitation, wave, now):
    invitations.revoke(invitation=invitation, by=None, now=now)
    assert not ResponseTally.objects.filter(wave=wave).exists()
    assert ledger() == [("invitation", 0, "cancelled")]


def test_write_again_sends_to_the_new_address(invitation, agency_cio, now):
    agency_cio.email = "new@dot.example"
    agency_cio.save()
    invitations.write_again(invitation=invitation, by=None, now=now)
    assert list(
        Letter.objects.filter(kind="invitation").order_by("seq").values_list("seq", "recipient")
    ) == [(0, "ines@dot.example"), (1, "new@dot.example")]


def test_a_link_taken_back_can_be_replaced_by_a_new_one(client, invitation, wave, cco, now):
    old = links.token_of("survey", invitation)
    invitations.revoke(invitation=invitation, by=cco, now=now)
    invitations.write_again(invitation=invitation, by=cco, now=now)
    invitation.refresh_from_db()
    new = links.token_of("survey", invitation)
    assert client.get(f"/s/{old}").status_code == 404
    assert client.get(f"/s/{new}").status_code == 303
    assert ledger() == [("invitation", 0, "cancelled"), ("invitation", 1, "queued")]
    assert ResponseTally.objects.get(wave=wave).invited == 1


def test_no_further_letter_says_why(response, invitation, cco, now):
    with pytest.raises(invitations.CannotWrite, match="has answered already"):
        invitations.write_again(invitation=invitation, by=cco, now=now)


def test_no_letter_after_the_end_says_what_to_do(invitation, wave, cco, now):
    waves.end_now(wave=wave, by=cco, now=now)
    with pytest.raises(invitations.CannotWrite, match="Give it more time first"):
        invitations.write_again(invitation=invitation, by=cco, now=now)


# ---- Reminders -----------------------------------------------------------------------------------


def test_each_step_is_planned_once(wave, now):
    for day in range(29):
        for hour in (0, 1, 9):
            invitations.plan_letters(now=now + day * DAY + dt.timedelta(hours=hour))
    assert ledger() == [
        ("invitation", 0, "queued"),
        ("phone", 3, "queued"),
        ("reminder", 1, "cancelled"),
        ("reminder", 2, "cancelled"),
    ]


def test_a_reminder_goes_out_when_the_office_opens(wave, now):
    before_opening = dt.datetime(2027, 3, 10, 14, 59, tzinfo=dt.UTC)
    invitations.plan_letters(now=before_opening)
    assert ledger(kind="reminder") == []
    invitations.plan_letters(now=before_opening + dt.timedelta(minutes=1))
    assert ledger(kind="reminder") == [("reminder", 1, "queued")]


def test_a_step_after_the_clock_changed_keeps_the_local_hour(wave, now):
    """Denver changes to summer time on 14 March 2027: the second step is an hour earlier in UTC."""
    invitations.plan_letters(now=dt.datetime(2027, 3, 17, 13, 59, tzinfo=dt.UTC))
    assert ledger(kind="reminder", seq=2) == []
    invitations.plan_letters(now=dt.datetime(2027, 3, 17, 14, 0, tzinfo=dt.UTC))
    assert ledger(kind="reminder", seq=2) == [("reminder", 2, "queued")]


def test_after_an_outage_only_the_last_step_is_sent(wave, now):
    invitations.plan_letters(now=now + 15 * DAY)
    assert ledger(kind="reminder") == [("reminder", 1, "cancelled"), ("reminder", 2, "queued")]
    reason = Letter.objects.get(kind="reminder", seq=1).reason
    assert reason == "It came too late: the next step was due already."


def test_a_tick_at_night_waits_for_the_morning(wave):
    night = dt.datetime(2027, 3, 12, 4, 0, tzinfo=dt.UTC)
    invitations.plan_letters(now=night)
    assert Letter.objects.get(kind="reminder").due_at == dt.datetime(
        2027, 3, 12, 15, 0, tzinfo=dt.UTC
    )


def test_nobody_is_reminded_after_answering(response, now):
    invitations.plan_letters(now=now + 22 * DAY)
    assert {kind for kind, _seq, _state in ledger()} == {"invitation", "thanks"}


def test_a_draft_is_no_answer(invitation, q, now):
    responses.save_answer(
        invitation=invitation, question=q["Overall"], number=2, sequence=1, now=now
    )
    invitations.plan_letters(now=now + 7 * DAY)
    assert ledger(kind="reminder") == [("reminder", 1, "queued")]


def test_an_answer_cancels_the_waiting_reminder(invitation, answers, now):
    invitations.plan_letters(now=now + 7 * DAY)
    responses.submit(invitation=invitation, answers=answers, now=now + 7 * DAY)
    letter = Letter.objects.get(kind="reminder")
    assert (letter.state, letter.reason) == ("cancelled", "The answers have arrived.")


def test_the_last_day_cancels_what_waits(wave, now):
    invitations.plan_letters(now=now + 7 * DAY)
    waves.close_due(now=now + 29 * DAY)
    assert {state for _kind, _seq, state in ledger()} == {"cancelled"}
    assert Letter.objects.get(kind="reminder").reason == "The survey has ended."


def test_more_time_brings_back_what_the_end_has_stopped(wave, now, today):
    invitations.plan_letters(now=now + 14 * DAY)
    waves.close_due(now=now + 29 * DAY)
    assert {state for _kind, _seq, state in ledger()} == {"cancelled"}
    # A Friday evening; letters leave on Monday.
    evening = dt.datetime(2027, 4, 3, 1, 0, tzinfo=dt.UTC)
    waves.extend(wave=wave, closes_on=today + 60 * DAY, by=None, now=evening)
    assert ledger() == [
        ("invitation", 0, "queued"),
        ("reminder", 1, "cancelled"),
        ("reminder", 2, "queued"),
    ]
    monday = dt.datetime(2027, 4, 5, 14, 0, tzinfo=dt.UTC)
    assert set(Letter.objects.filter(state="queued").values_list("next_try_at")) == {(monday,)}


def test_more_time_brings_back_what_found_the_last_evening_over(wave, smtp_sink, now, today):
    closing = dt.datetime(2027, 3, 31, 23, 0, tzinfo=dt.UTC)
    sending.send_due(now=closing)
    waves.close_due(now=closing + dt.timedelta(minutes=1))
    assert ledger() == [("invitation", 0, "cancelled")]
    waves.extend(wave=wave, closes_on=today + 60 * DAY, by=None, now=closing + DAY)
    assert ledger() == [("invitation", 0, "queued")]


def test_more_time_is_no_reason_to_write_to_who_has_answered(response, wave, now, today):
    waves.close_due(now=now + 29 * DAY)
    waves.extend(wave=wave, closes_on=today + 60 * DAY, by=None, now=now + 30 * DAY)
    assert Letter.objects.get(kind="invitation").state == "cancelled"


def test_after_an_outage_over_the_last_day_nothing_more_is_planned(wave, liaison, smtp_sink, now):
    ticking.tick(now=now + 29 * DAY)
    assert ledger() == [("invitation", 0, "cancelled")]
    assert smtp_sink.journal == []


def test_the_last_step_asks_the_liaison_to_phone(wave, liaison, now):
    invitations.plan_letters(now=now + 21 * DAY)
    letter = Letter.objects.get(kind="phone")
    assert (letter.recipient, letter.seq) == (liaison.email, 3)


def test_without_a_liaison_the_backup_is_asked_to_phone_then_a_lead(
    draft_wave, other_agency, agency, lead, person_at, now
):
    backup = factories.UserFactory(email="backup@oit.example")
    factories.AssignmentFactory(agency=agency, user=backup, role="backup")
    for place in (agency, other_agency):
        person_at(place)
    waves.open_now(wave=draft_wave, by=None, now=now)
    invitations.plan_letters(now=now)
    invitations.plan_letters(now=now + 21 * DAY)
    letters = Letter.objects.filter(kind="phone")
    assert set(letters.values_list("recipient", flat=True)) == {backup.email, lead.email}


def test_who_has_left_the_office_is_not_asked_to_phone(wave, liaison, lead, now):
    liaison.is_active = False
    liaison.save()
    invitations.plan_letters(now=now + 21 * DAY)
    assert Letter.objects.get(kind="phone").recipient == lead.email


def test_the_ledger_says_that_nobody_can_be_asked_to_phone(wave, liaison, lead, cco, now):
    User.objects.update(is_active=False)
    invitations.plan_letters(now=now + 21 * DAY)
    letter = Letter.objects.get(kind="phone")
    assert (letter.state, letter.recipient) == ("cancelled", "")
    assert letter.reason.startswith("Nobody can be asked to phone")


def test_the_ledger_says_that_somebody_has_no_address(wave, agency_cio, now):
    agency_cio.is_respondent, agency_cio.email = False, ""
    agency_cio.save()
    invitations.plan_letters(now=now + 14 * DAY)
    reminders = Letter.objects.filter(kind="reminder").order_by("seq")
    assert list(reminders.values_list("seq", "state", "reason")) == [
        (1, "cancelled", "It came too late: the next step was due already."),
        (2, "cancelled", "This person has no address."),
    ]


def test_each_letter_leads_to_the_people_of_its_wave(response, person_at, agency, client, cco, now):
    person_at(agency)
    invitations.plan_letters(now=now)
    invitations.plan_letters(now=now + 7 * DAY)
    invitations.plan_letters(now=now + 21 * DAY)
    letters = Letter.objects.all()
    assert {letter.kind for letter in letters} == {"invitation", "reminder", "phone", "thanks"}
    client.force_login(cco)
    [page] = {letter.page for letter in letters}
    assert client.get(page).context["wave"] == response.wave


def test_planning_costs_the_same_for_one_and_for_three(
    wave, agency, person_at, now, django_assert_num_queries
):
    later = now + 7 * DAY
    people = [person_at(agency) for _ in range(2)]
    invitations.invite(wave=wave, now=now)
    assert len(people) == 2
    invitations.plan_letters(now=later)
    # Nothing left to plan: the open waves, who is not invited, when the others were, who is due;
    # four for the savepoints around the inviting and the reminding.
    with django_assert_num_queries(4 + 4):
        invitations.plan_letters(now=later)


# ---- One wave that fails -------------------------------------------------------------------------


class Broken(Exception):
    pass


@pytest.fixture(params=["first", "last"])
def twins(request, draft_wave, today):
    """Two waves of the same days, of which one will fail, and the other one."""
    twin = waves.prepare(
        questionnaire=draft_wave.questionnaire,
        title="The other one",
        opens_on=today,
        closes_on=draft_wave.closes_on,
        reminder_days=[7],
        by=None,
    )
    return (draft_wave, twin) if request.param == "first" else (twin, draft_wave)


def fails_for(wave, function):
    def or_fail(*args, **kwargs):
        if wave in (*args, *kwargs.values()):
            raise Broken
        return function(*args, **kwargs)

    return or_fail


def test_a_wave_that_fails_keeps_no_other_from_opening(twins, agency_cio, now, monkeypatch):
    broken, _other = twins
    monkeypatch.setattr(waves, "audience", fails_for(broken, waves.audience))
    with pytest.raises(Broken):
        waves.open_due(now=now)
    assert [Wave.objects.get(pk=wave.pk).state for wave in twins] == ["draft", "open"]


def test_a_wave_that_fails_keeps_no_other_from_writing(twins, agency_cio, now, monkeypatch):
    broken, other = twins
    waves.open_due(now=now)
    monkeypatch.setattr(invitations, "audience", fails_for(broken, invitations.audience))
    with pytest.raises(Broken):
        invitations.plan_letters(now=now)
    assert list(Invitation.objects.values_list("wave", flat=True)) == [other.pk]


def test_a_wave_that_fails_keeps_no_other_from_ending(twins, agency_cio, now, monkeypatch):
    broken, _other = twins
    waves.open_due(now=now)
    monkeypatch.setattr(waves, "_end", fails_for(broken, waves._end))
    with pytest.raises(Broken):
        waves.close_due(now=now + 29 * DAY)
    assert [Wave.objects.get(pk=wave.pk).state for wave in twins] == ["open", "ended"]


# ---- At the moment of sending --------------------------------------------------------------------


def test_who_answers_while_others_are_written_to_is_not_reminded(
    invitation, wave, person_at, agency, answers, smtp_sink, now, monkeypatch
):
    """One slow letter before theirs is enough for the portal to ask once more."""
    person_at(agency, email="slow@dot.example")
    invitations.invite(wave=wave, now=now - DAY)
    at, passed, deliver = now + 8 * DAY, [0], smtp.Smtp.deliver
    Letter.objects.update(state="cancelled", reason="Long ago.", done_at=now)
    invitations.plan_letters(now=at)

    def deliver_slowly(self, *, recipient, **letter):
        deliver(self, recipient=recipient, **letter)
        if recipient == "slow@dot.example":
            passed[0] += 3
            responses.submit(invitation=invitation, answers=answers, now=at)

    monkeypatch.setattr(smtp.Smtp, "deliver", deliver_slowly)
    monkeypatch.setattr(clocks, "monotonic", lambda: passed[0])
    Letter.objects.filter(recipient="slow@dot.example").update(next_try_at=now)
    sending.send_due(now=at)
    assert ledger(kind="reminder", recipient="slow@dot.example") == [("reminder", 1, "sent")]
    letter = Letter.objects.get(kind="reminder", recipient=invitation.person.email)
    assert (letter.state, letter.reason) == ("cancelled", "The answers have arrived.")


@pytest.mark.parametrize("number", [1, 3])
def test_a_letter_costs_two_statements_to_mark(
    wave, agency, person_at, smtp_sink, now, django_assert_num_queries, number, monkeypatch
):
    for _ in range(number - 1):
        person_at(agency)
    invitations.invite(wave=wave, now=now)
    monkeypatch.setattr(clocks, "monotonic", lambda: 0)
    # The rest is looking, claiming, one lock for the day's letters of all these people, what they
    # are all about, and savepoints of the test.
    with django_assert_num_queries(2 * number + 13):
        assert sending.send_due(now=now) == number


# ---- The schedule, against a naive oracle --------------------------------------------------------

ZONES = ["America/Denver", "America/Phoenix", "Pacific/Honolulu", "America/New_York"]


@st.composite
def histories(draw):
    zone = zoneinfo.ZoneInfo(draw(st.sampled_from(ZONES)))
    start = draw(st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2028, 12, 31)))
    days = draw(st.lists(st.integers(1, 40), min_size=1, max_size=4, unique=True))
    ticks = draw(st.lists(st.integers(0, 60 * 24 * 60), max_size=30))
    calendar = OfficeCalendar(zone, dt.time(8), dt.time(17), frozenset())
    return calendar, start.replace(tzinfo=dt.UTC), sorted(days), sorted(ticks)


@settings(max_examples=200, deadline=None)
@given(histories())
def test_steps_are_due_in_office_hours_and_in_order(history):
    calendar, start, days, ticks = history
    plan = steps(invited_at=start, reminder_days=days, calendar=calendar)
    assert [step.seq for step in plan] == list(range(len(days) + 1))
    assert [step.due_at for step in plan] == sorted(step.due_at for step in plan)
    for step in plan[1:]:
        when = local(calendar, step.due_at)
        assert (when.time(), calendar.is_business_day(when.date())) == (dt.time(8), True)
    seen = []
    for tick in ticks:
        now = start + dt.timedelta(minutes=tick)
        step = due_step(invited_at=start, reminder_days=days, calendar=calendar, now=now)
        seen.append(step.seq if step else -1)
        assert step is None or step.due_at <= now
    assert seen == sorted(seen)


@pytest.mark.parametrize("days", [[], [7], [7, 14]])
def test_the_last_step_is_a_call(days, now):
    calendar = OfficeCalendar(zoneinfo.ZoneInfo("UTC"), dt.time(8), dt.time(17), frozenset())
    kinds = [s.kind for s in steps(invited_at=now, reminder_days=days, calendar=calendar)]
    assert kinds == {0: ["invitation"], 1: ["invitation", "phone"]}.get(
        len(days), ["invitation", "reminder", "phone"]
    )
