"""Somebody sends while the survey ends, or waits until it has: no answer is taken after the end,
and no word is lost. Through the real pages, on two connections."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts import office
from crm_portal.lib import clocks
from surveys.models import Invitation, Response, Wave
from surveys.services import invitations, responses, waves
from tests.overtaking.overtaken import overtaken
from tests.surveys.test_respondent_pages import all_fields, link_to, page_of

pytestmark = pytest.mark.django_db(transaction=True)
DRAFT = "What I wrote on the page before."
NEW = "Nobody told us."


@pytest.fixture
def visitor(client, invitation, q, now):
    """A browser in the middle of the survey: one page was kept, the next one is being written."""
    assert client.get(link_to(invitation)).status_code == 303
    responses.save_answer(
        invitation=invitation, question=q["Else"], text=DRAFT, sequence=1, now=now
    )
    return client


def pages(visitor, invitation, q):
    """{what somebody does: the request}."""
    rating = f"q{q['Overall'].pk}"
    words = {rating: "2", f"{rating}_text": NEW}
    return {
        "send": lambda: visitor.post(page_of(invitation, "review"), {**words, "go": "send"}),
        "next": lambda: visitor.post(page_of(invitation, "1"), {**words, "go": "next"}),
        "autosave": lambda: visitor.post(
            reverse("surveys:autosave", args=[invitation.public_id]),
            {**words, "autosave_field": f"{rating}_text", "autosave_sequence": "9"},
        ),
    }


def is_refused(answer, doing):
    """Whether the page says that it is too late, and shows every word."""
    if doing == "autosave":
        return answer.status_code == 409 and "takes no more answers" in answer.json()["error"]
    assert answer.status_code == 410
    return all(words in answer.text for words in ("takes no more answers", DRAFT, NEW))


def nothing_was_taken():
    response = Response.objects.get()
    assert response.submitted_at is None
    assert list(response.answers.values_list("text", flat=True)) == [DRAFT]
    return True


DOINGS = ["send", "next", "autosave"]


@pytest.mark.parametrize("doing", DOINGS)
def test_who_waits_while_the_wave_ends_comes_too_late(visitor, invitation, q, wave, now, doing):
    with overtaken(pages(visitor, invitation, q)[doing]) as late:
        waves.end_now(wave=wave, by=None, now=now)
    assert is_refused(late.returned, doing)
    assert nothing_was_taken()


@pytest.mark.parametrize("doing", DOINGS)
def test_last_day_ends_while_somebody_waits(
    visitor, invitation, q, wave, now, doing, time_machine, monkeypatch
):
    """No tick has ended the wave yet; it is over all the same."""
    time_machine.move_to(office.calendar().closing(wave.closes_on) - dt.timedelta(minutes=1))
    visitor.get(link_to(invitation))
    waited = iter([0.0])
    monkeypatch.setattr(clocks, "monotonic", lambda: next(waited, 90.0))
    with overtaken(pages(visitor, invitation, q)[doing]) as late:
        Invitation.objects.select_for_update().get(pk=invitation.pk)
    assert is_refused(late.returned, doing)
    assert nothing_was_taken()
    assert Wave.objects.get().state == "open"


def test_wave_does_not_end_before_who_was_in_time(visitor, invitation, q, wave, now):
    answers = {q["Overall"].pk: {"number": 4}}
    with overtaken(lambda: waves.end_now(wave=wave, by=None, now=now)) as end:
        response = responses.submit(invitation=invitation, answers=answers, now=now)
    assert end.error is None
    assert Response.objects.submitted().get() == response
    assert Wave.objects.get().state == "ended"


def test_after_more_time_is_given_everything_kept_is_there_again(visitor, invitation, q, wave, now):
    waves.end_now(wave=wave, by=None, now=now)
    page = visitor.post(page_of(invitation, "1"), {"go": "next", f"q{q['Overall'].pk}_text": NEW})
    assert page.status_code == 410
    assert DRAFT in page.text
    assert NEW in page.text
    waves.extend(wave=wave, closes_on=wave.closes_on + dt.timedelta(days=7), by=None, now=now)
    assert DRAFT in visitor.get(page_of(invitation, "all")).text


def test_link_that_is_taken_back_meanwhile_shows_nothing_but_what_was_just_written(
    visitor, invitation, q, now
):
    with overtaken(pages(visitor, invitation, q)["send"]) as late:
        invitations.revoke(invitation=invitation, by=None, now=now)
    assert late.returned.status_code == 410
    assert "This link no longer works." in late.returned.text
    assert NEW in late.returned.text
    assert DRAFT not in late.returned.text


def test_who_has_sent_already_is_not_told_that_it_was_lost(visitor, invitation, q, wave, now):
    visitor.post(page_of(invitation, "all"), all_fields(q, go="send"))
    assert Response.objects.submitted().exists()
    waves.end_now(wave=wave, by=None, now=now)
    page = visitor.post(page_of(invitation, "1"), {"go": "next"})
    assert page.status_code == 410
    assert "was not sent" not in page.text
