import datetime as dt
from types import SimpleNamespace

import pytest

from accounts.models import Office
from accounts.permissions import Role
from accounts.vocabulary import Vocabulary
from crm_portal.letters import Message, Skip
from crm_portal.lib import links
from outbox import rendering
from outbox.models import Letter
from surveys import letters
from surveys.services import invitations, responses, waves
from tests import factories

DAY = dt.timedelta(days=1)


def letter_to(invitation, kind="invitation"):
    return Letter(
        purpose="survey",
        subject=f"invitation:{invitation.pk}",
        kind=kind,
        recipient="dana@oit.example" if kind == "phone" else invitation.person.email,
        recipient_name=invitation.person.name,
    )


def compose(invitation, kind, now):
    return getattr(letters, kind)(letter_to(invitation, kind), now=now)


KINDS = ["invitation", "reminder", "phone"]


@pytest.mark.parametrize("kind", [*KINDS, "thanks"])
def test_text_and_html_say_the_same_in_plain_words(invitation, kind, now):
    message = compose(invitation, kind, now)
    assert isinstance(message, Message)
    rendered = rendering.render(letter_to(invitation, kind), message)
    for words in ("Survey 2027", "Office of Information Technology"):
        assert words in rendered.text
        assert words in rendered.html
    assert "{%" not in rendered.text + rendered.html
    assert "&#x27;" not in rendered.text


@pytest.mark.parametrize("kind", ["invitation", "reminder"])
def test_the_link_in_the_letter_opens_the_survey(client, invitation, kind, now):
    rendered = rendering.render(letter_to(invitation, kind), compose(invitation, kind, now))
    path = f"/s/{links.token_of('survey', invitation)}"
    assert path in rendered.text
    assert path in rendered.html
    assert client.get(path).status_code == 303
    for words in ("Dana Ortiz", "March 31", "28 more days", "Your answers carry your name"):
        assert words in rendered.text


def test_a_reminder_tells_who_began_that_it_is_kept(invitation, q, now):
    responses.save_answer(
        invitation=invitation, question=q["Overall"], number=2, sequence=1, now=now
    )
    message = compose(invitation, "reminder", now)
    assert "What you wrote is kept" in rendering.render(letter_to(invitation), message).text


def answered(invitation, answers, now, **others):
    responses.submit(invitation=invitation, answers=answers, now=now)


def taken_back(invitation, now, **others):
    invitations.revoke(invitation=invitation, by=None, now=now)


def ended(invitation, now, **others):
    waves.end_now(wave=invitation.wave, by=None, now=now)


def left(invitation, now, **others):
    invitation.person.left_on = now.date()
    invitation.person.save()


def agency_closed(invitation, now, **others):
    invitation.agency.closed_on = now.date()
    invitation.agency.save()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", [answered, taken_back, ended, left, agency_closed])
def test_what_happened_since_the_plan_stops_the_letter(invitation, answers, now, kind, what):
    assert isinstance(compose(invitation, kind, now), Message)
    what(invitation=invitation, answers=answers, now=now)
    skipped = compose(invitation, kind, now)
    assert isinstance(skipped, Skip)
    assert str(skipped.reason).endswith(".")


@pytest.mark.parametrize("what", [answered, taken_back, ended, left, agency_closed])
def test_what_is_gathered_for_many_letters_decides_only_once(invitation, answers, now, what):
    letter = letter_to(invitation, "reminder")
    letters.gather([letter], now=now)
    assert isinstance(letters.reminder(letter, now=now), Message)
    letters.gather([letter], now=now)
    what(invitation=invitation, answers=answers, now=now)
    assert isinstance(letters.reminder(letter, now=now), Message)
    assert isinstance(letters.reminder(letter, now=now), Skip)


def account_closed(liaison, other_liaison):
    liaison.is_active = False
    liaison.save()


def handed_over(liaison, other_liaison):
    liaison.assignments.update(until=dt.date(2027, 3, 1))
    agency = liaison.assignments.get().agency
    factories.AssignmentFactory(agency=agency, user=other_liaison, starts_on=dt.date(2027, 3, 2))


def made_a_representative(liaison, other_liaison):
    liaison.role = Role.REPRESENTATIVE
    liaison.save()


@pytest.mark.parametrize("what", [account_closed, handed_over, made_a_representative])
def test_only_who_looks_after_the_agency_is_asked_to_phone(
    invitation, liaison, other_liaison, lead, now, what
):
    assert isinstance(compose(invitation, "phone", now), Message)
    what(liaison, other_liaison)
    skipped = compose(invitation, "phone", now)
    assert isinstance(skipped, Skip)
    assert str(skipped.reason).endswith(".")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_sent_after_the_last_evening_even_before_a_tick_has_ended_the_wave(
    invitation, now, kind
):
    closing = dt.datetime(2027, 3, 31, 23, 0, tzinfo=dt.UTC)
    assert isinstance(compose(invitation, kind, closing - dt.timedelta(seconds=1)), Message)
    skipped = compose(invitation, kind, closing)
    assert skipped == Skip("The survey has ended.")


def test_an_address_that_changed_is_not_written_to(invitation, now):
    old = letter_to(invitation)
    invitation.person.email = "other@dot.example"
    invitation.person.save()
    for kind in ("invitation", "reminder", "thanks"):
        assert isinstance(getattr(letters, kind)(old, now=now), Skip)


def test_letters_follow_the_vocabulary(invitation, now):
    from accounts import office

    Office.objects.update(vocabulary=Vocabulary.PARTNER)
    office.forget()
    for kind in (*KINDS, "thanks"):
        rendered = rendering.render(letter_to(invitation, kind), compose(invitation, kind, now))
        assert "agenc" not in (rendered.text + rendered.html).lower().replace("there.example", "")


def test_a_gone_invitation_is_skipped(now, db):
    ghost = SimpleNamespace(subject="invitation:999999", recipient="x@y.example")
    for kind in (*KINDS, "thanks"):
        assert isinstance(getattr(letters, kind)(ghost, now=now), Skip)
