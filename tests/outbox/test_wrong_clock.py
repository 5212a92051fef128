"""The clock was ahead for a while: what it has left in the future holds nothing up."""

import datetime as dt
import zoneinfo

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache

from crm_portal import corrections
from crm_portal.letters import KINDS, Kind
from feedback.models import ReportBack
from outbox.models import Letter
from outbox.services import heartbeats, parked, planning
from outbox.services.sending import send_due
from tests import factories as make
from tests.story.stage import clock_at

MINUTE, HOUR, YEAR = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=365)
# Friday, 21:00 in the office's zone: nobody is there before Monday.
EVENING = make.NOW.replace(day=6, hour=2)
REFUSAL = "550 5.1.1 No such person."


@pytest.fixture(params=[6 * HOUR, YEAR], ids=["six hours", "a year"])
def ahead(request):
    return request.param


@pytest.fixture
def now(now):
    """It is that instant for whoever asks."""
    with clock_at(now):
        yield now


@pytest.fixture
def can_wait(monkeypatch):
    kind = Kind("tests.outbox.kinds.plain", "Plain letter", can_wait=True)
    monkeypatch.setitem(KINDS, ("test", "plain"), kind)


def mend(now):
    return planning.plan_anew(now=now)


def state_of(letter):
    letter.refresh_from_db()
    return letter.state


def test_letter_promised_by_a_clock_that_was_ahead_goes_out(smtp_sink, letter_for, now, ahead):
    letter = letter_for(at=now + ahead)
    assert send_due(now=now) == 0
    assert mend(now) == 1
    assert send_due(now=now) == 1
    assert state_of(letter) == "sent"
    assert (letter.planned_at, letter.due_at) == (now, now)
    assert mend(now) == 0


def test_letter_that_was_refused_for_now_is_tried_again(smtp_sink, letter, now, ahead):
    smtp_sink.behave("rcpt", "451 later", times=1)
    send_due(now=now + ahead)
    assert state_of(letter) == "queued"
    assert mend(now) == 1
    assert send_due(now=now) == 1


def test_letter_that_a_person_sends_again_goes_out(smtp_sink, letter, now, ahead, cco):
    smtp_sink.behave("rcpt", REFUSAL, times=1)
    send_due(now=now)
    parked.send_again(letter=letter, by=cco, now=now + ahead)
    mend(now)
    assert send_due(now=now) == 1


def test_letter_in_doubt_goes_out(smtp_sink, letter, now, ahead):
    from outbox.services import marks

    Letter.objects.update(state="claimed", attempt=1)
    Letter.objects.update(state="handing", handed_at=now)
    letter.refresh_from_db()
    marks.send_anew(letter, now=now + ahead)
    mend(now)
    assert send_due(now=now) == 1


def test_waits_of_a_right_clock_stay_as_they_are(smtp_sink, letter_for, now):
    later = letter_for()
    Letter.objects.filter(pk=later.pk).update(next_try_at=now + YEAR, due_at=now + YEAR)
    smtp_sink.behave("rcpt", "451 later", times=1)
    refused = letter_for()
    send_due(now=now)
    next_try_at = Letter.objects.get(pk=refused.pk).next_try_at
    assert mend(now) == 0
    assert Letter.objects.get(pk=refused.pk).next_try_at == next_try_at > now
    assert Letter.objects.get(pk=later.pk).next_try_at == now + YEAR


def test_what_keeps_to_office_hours_waits_for_them(office_row, letter_for, can_wait):
    with clock_at(EVENING):
        letter = letter_for(at=EVENING + YEAR)
        mend(EVENING)
    letter.refresh_from_db()
    monday = dt.date(2027, 3, 8)
    opening = letter.next_try_at.astimezone(zoneinfo.ZoneInfo(office_row.time_zone))
    assert (opening.date(), opening.time()) == (monday, dt.time(8))


def test_letter_that_was_put_off_by_the_daily_cap_is_not_put_off_for_a_year(
    office_row, smtp_sink, letter_for, now, can_wait
):
    letter_for(), letter_for()
    assert send_due(now=now + YEAR) == 1
    mend(now)
    assert send_due(now=now) == 1
    assert not Letter.objects.exclude(state="sent").exists()


def test_address_that_a_wrong_clock_saw_refused_is_tried_once_more(
    smtp_sink, letter_for, now, cco, ahead
):
    smtp_sink.behave("rcpt", REFUSAL, times=2)
    refused, another = letter_for(), letter_for()
    send_due(now=now + ahead)
    assert (state_of(refused), state_of(another)) == ("failed", "failed")
    assert send_due(now=now) == 0
    parked.send_again(letter=refused, by=cco, now=now)
    assert send_due(now=now) == 1
    later = letter_for()
    assert send_due(now=now) == 1
    assert state_of(later) == "sent"


def test_pretended_instant_changes_nothing(letter_for, now, ahead):
    """`manage.py tick --at` with a past instant: the present is its future."""
    letter_for(at=now)
    action = make.ActionFactory(last_activity_at=now)
    assert planning.plan_anew(now=now - ahead) == 0
    assert corrections.undo(now=now - ahead) == 0
    action.refresh_from_db()
    assert action.last_activity_at == now


# ---- What steps of the tick count from -----------------------------------------------------------


def test_instants_that_work_is_counted_from_are_brought_back(db, now, ahead):
    action = make.ActionFactory(last_activity_at=now + ahead)
    invitation = make.InvitationFactory(invited_at=now + ahead, wave__state="open")
    right = make.ActionFactory(last_activity_at=now - HOUR)
    assert corrections.undo(now=now) == 2
    for row in (action, invitation, right):
        row.refresh_from_db()
    assert (action.last_activity_at, invitation.invited_at) == (now, now)
    assert right.last_activity_at == now - HOUR
    assert corrections.undo(now=now) == 0


def test_each_of_these_instants_is_a_column(db):
    from django.apps import apps

    for label, column, rows in corrections.STAMPS:
        assert not apps.get_model(label).objects.filter(**rows, **{column: None}).exists()
    assert ReportBack.objects.count() == 0


def test_ladder_is_climbed_after_a_sign_of_life_in_the_future(office_row, liaison, lead, now):
    """A note that was written while the clock was a year ahead bought a year."""
    from feedback.services import escalation

    late = make.ActionFactory(
        owner=liaison, due_on=make.TODAY - dt.timedelta(days=30), last_activity_at=now + YEAR
    )
    corrections.undo(now=now)
    weeks_later = now + dt.timedelta(days=28)
    assert escalation.climb(now=weeks_later) == 1
    assert late.rungs.exists()


# ---- Limits and sessions -------------------------------------------------------------------------


def test_limits_begin_anew_when_the_tick_ran_ahead(db, now, ahead):
    cache.set("misses:192.0.2.1", (99, 0), ahead.total_seconds())
    heartbeats.record(step="outbox.services.sending.reap", now=now)
    corrections.undo(now=now)
    assert cache.get("misses:192.0.2.1")
    heartbeats.record(step="outbox.services.sending.reap", now=now + ahead)
    corrections.undo(now=now)
    assert cache.get("misses:192.0.2.1") is None


def test_session_of_a_clock_that_was_ahead_has_ended(client, liaison, ahead):
    client.force_login(liaison)
    assert client.get("/profile/").status_code == 200
    row = Session.objects.get()
    row.expire_date += ahead
    row.save()
    assert client.get("/profile/").status_code == 302
