"""A condition is on an answer that can be given, and stays so."""

import pytest

from surveys.models import Question
from surveys.services import questionnaires
from surveys.services.questionnaires import BadQuestion


def ask_after(question, *values):
    fields = {"kind": "rating", "topic": "After", "text": "And then?"}
    return questionnaires.add_question(
        questionnaire=question.questionnaire,
        fields=fields | {"show_if": question, "show_if_values": list(values)},
        by=None,
    )


def change(question, **changes):
    question.questionnaire.refresh_from_db()
    questionnaires.change_question(
        question=question,
        changes=changes,
        seen_version=question.questionnaire.version,
        by=None,
    )


@pytest.mark.parametrize(
    ("topic", "value"),
    [("Overall", "5"), ("Recommend", "0"), ("Outage", "No"), ("Channels", "Mail")],
)
def test_a_condition_is_on_an_answer_of_the_other_question(q, topic, value):
    assert ask_after(q[topic], value).show_if == q[topic]


@pytest.mark.parametrize(
    ("topic", "value"),
    [("Overall", "6"), ("Recommend", "11"), ("Outage", "no"), ("Channels", "Fax")],
)
def test_a_condition_on_an_answer_that_nobody_can_give_is_refused(q, topic, value):
    with pytest.raises(BadQuestion) as refusal:
        ask_after(q[topic], value)
    assert f"“{value}” is no answer to “{q[topic].text}”." in str(refusal.value)


def test_a_condition_on_words_is_refused(q):
    with pytest.raises(BadQuestion):
        ask_after(q["Else"], "Yes")


@pytest.mark.parametrize("changes", [{"options": ["Never", "No"]}, {"kind": "rating"}])
def test_an_answer_that_another_question_waits_for_stays(q, changes):
    with pytest.raises(BadQuestion) as refusal:
        change(q["Outage"], **changes)
    assert str(refusal.value) == "“Which one?” is asked only after “Yes”. Change that first."
    assert Question.objects.get(pk=q["Outage"].pk).options == ["Yes", "No"]


def test_further_answers_do_no_harm(q):
    change(q["Outage"], options=["Yes", "No", "I do not know"])
    assert len(Question.objects.get(pk=q["Outage"].pk).options) == 3
