import datetime as dt

import pytest

from outbox.models import Letter
from surveys.flow import Given
from surveys.models import Answer, AnswerTally, Response, ResponseTally
from surveys.services import invitations, responses, waves


def tallies():
    return set(AnswerTally.objects.values_list("question__topic", "value", "count"))


def test_submit_keeps_answers_and_counts_them(response, wave):
    assert response.submitted_at is not None
    assert "read them" in response.promise
    assert Answer.objects.filter(response=response).count() == 6
    assert tallies() == {
        ("Overall", "2", 1),
        ("Business", "4", 1),
        ("Recommend", "7", 1),
        ("Outage", "Yes", 1),
        ("Channels", "Phone", 1),
        ("Channels", "In person", 1),
    }
    tally = ResponseTally.objects.get(wave=wave)
    assert (tally.invited, tally.responded) == (1, 1)


def test_submit_thanks_and_cancels_what_waits(response, invitation):
    letters = Letter.objects.about("survey", [f"invitation:{invitation.pk}"])
    assert set(letters.values_list("kind", "state", "reason")) == {
        ("invitation", "cancelled", "The answers have arrived."),
        ("thanks", "queued", ""),
    }


def test_submit_twice_returns_the_first(response, invitation, q, now):
    again = responses.submit(
        invitation=invitation, answers={q["Overall"].pk: {"number": 5}}, now=now
    )
    assert again == response
    assert again.submitted_at == response.submitted_at
    assert ("Overall", "2", 1) in tallies()


def test_submit_statements_do_not_grow_with_answers(
    invitation, answers, now, django_assert_max_num_queries
):
    # One to keep the wave from ending, eight for the work; the others begin and end a transaction
    # and the plan inside it.
    with django_assert_max_num_queries(13):
        responses.submit(invitation=invitation, answers=answers, now=now)


def test_submit_takes_what_was_kept_before(invitation, q, now):
    responses.save_answer(
        invitation=invitation, question=q["Overall"], number=3, sequence=1, now=now
    )
    response = responses.submit(invitation=invitation, answers={}, now=now)
    assert response.answers.get().number == 3


def test_submit_leaves_out_what_is_not_asked_any_more(invitation, q, answers, now):
    for question, said in ((q["Outage"], {"options": ["Yes"]}), (q["Which outage"], {"text": "x"})):
        responses.save_answer(invitation=invitation, question=question, sequence=1, now=now, **said)
    answers[q["Outage"].pk] = {"options": ["No"]}
    del answers[q["Which outage"].pk]
    response = responses.submit(invitation=invitation, answers=answers, now=now)
    assert not response.answers.filter(question=q["Which outage"]).exists()


@pytest.mark.parametrize(
    ("topic", "said", "words"),
    [
        ("Overall", {"number": 6}, "Choose a number from 1 to 5."),
        ("Overall", {"number": None, "text": "only words"}, "Please answer this question."),
        ("Recommend", {"number": 11}, "Choose a number from 0 to 10."),
        ("Outage", {"options": ["Maybe"]}, "Choose one of the answers shown."),
        ("Outage", {"options": ["Yes", "No"]}, "Choose only one answer."),
        ("Which outage", {"text": " "}, "Please answer this question."),
        ("Which outage", {"text": "x" * 301}, "Shorten this to 300 characters; it has 301 now."),
        ("Else", {"text": "x" * 10_001}, "Shorten this to 10,000 characters; it has 10,001 now."),
        ("Else", {"number": 1}, "Choose one of the answers shown."),
        ("Else", {"options": ["x"]}, "Write your answer into the field."),
    ],
)
def test_submit_refuses_what_does_not_fit(invitation, q, answers, now, topic, said, words):
    answers[q[topic].pk] = said
    with pytest.raises(responses.AnswersRefused) as refused:
        responses.submit(invitation=invitation, answers=answers, now=now)
    assert refused.value.faults == {q[topic].pk: words}
    assert not Response.objects.submitted().exists()


def test_text_is_kept_as_written_but_for_control_characters(invitation, q, now):
    text = "Nul\x00 and 🎉 and\r\ntwo lines \ud800"
    responses.save_answer(invitation=invitation, question=q["Else"], text=text, sequence=1, now=now)
    assert Answer.objects.get().text == "Nul and 🎉 and\ntwo lines ?"


def test_an_older_sequence_never_overwrites_a_newer_one(invitation, q, now):
    for number, sequence in ((4, 10), (2, 9), (3, 10)):
        responses.save_answer(
            invitation=invitation, question=q["Overall"], number=number, sequence=sequence, now=now
        )
    assert Answer.objects.get().number == 4


def test_choice_and_words_are_counted_each_by_itself(invitation, q, now):
    for part, sequence in (({"number": 2}, 7), ({"text": "late words"}, 6), ({"number": 5}, 6)):
        responses.save_part(
            invitation=invitation, question=q["Overall"], part=part, sequence=sequence, now=now
        )
    answer = Answer.objects.get()
    assert (answer.number, answer.text) == (2, "late words")


def test_a_button_wins_over_a_clock_that_is_ahead(invitation, q, now):
    ahead = int((now + dt.timedelta(days=1)).timestamp() * 1000)
    question = q["Overall"]
    responses.save_part(
        invitation=invitation, question=question, part={"number": 1}, sequence=ahead, now=now
    )
    responses.save_answers(
        invitation=invitation, questions=[question], answers={question.pk: Given(5)}, now=now
    )
    responses.save_part(
        invitation=invitation, question=question, part={"number": 1}, sequence=ahead, now=now
    )
    assert Answer.objects.get().number == 5


def test_nothing_is_kept_after_sending(response, invitation, q, now):
    with pytest.raises(responses.AlreadySent):
        responses.save_answer(
            invitation=invitation, question=q["Overall"], number=5, sequence=10**15, now=now
        )


def test_an_ended_wave_takes_no_answers(invitation, wave, answers, now):
    waves.close_due(now=now + dt.timedelta(days=40))
    with pytest.raises(responses.SurveyOver):
        responses.submit(invitation=invitation, answers=answers, now=now)


def test_a_link_that_was_taken_back_takes_no_answers(invitation, answers, now):
    invitations.revoke(invitation=invitation, by=None, now=now)
    with pytest.raises(responses.SurveyOver):
        responses.submit(invitation=invitation, answers=answers, now=now)
