"""Who waits for somebody else's change of a survey decides by what that one has left."""

import pytest

from surveys.models import Question, Wave
from surveys.services import questionnaires, waves
from surveys.services.questionnaires import BadQuestion, Frozen, ScaleChanged
from tests import factories
from tests.overtaking.overtaken import overtaken

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def questionnaire(office_row):
    return factories.QuestionnaireFactory()


@pytest.fixture
def first(questionnaire):
    return factories.QuestionFactory(questionnaire=questionnaire, position=1, lineage="speed")


@pytest.fixture
def second(questionnaire, first):
    return factories.QuestionFactory(questionnaire=questionnaire, position=2, lineage="care")


@pytest.fixture
def draft_wave(first, agency_cio):
    return factories.WaveFactory(
        questionnaire=first.questionnaire, state=Wave.State.DRAFT, opened_at=None
    )


def test_wave_does_not_open_without_questions(draft_wave, first, questionnaire, now):
    with overtaken(lambda: waves.open_now(wave=draft_wave, by=None, now=now)) as opening:
        questionnaires.delete_question(question=first, by=None)
    assert isinstance(opening.error, waves.NotReady)
    assert Wave.objects.get().state == "draft"
    questionnaire.refresh_from_db()
    assert questionnaire.frozen_at is None


def test_question_of_a_wave_that_opens_stays(draft_wave, first, now):
    with overtaken(lambda: questionnaires.delete_question(question=first, by=None)) as late:
        waves.open_now(wave=draft_wave, by=None, now=now)
    assert isinstance(late.error, Frozen)
    assert Question.objects.get() == first


def test_wave_opens_with_the_questionnaire_that_was_chosen_last(draft_wave, now):
    other = factories.QuestionFactory(questionnaire__title="Another").questionnaire
    with overtaken(lambda: waves.open_now(wave=draft_wave, by=None, now=now)) as opening:
        waves.change(wave=draft_wave, changes={"questionnaire": other}, seen_version=1, by=None)
    assert opening.error is None
    other.refresh_from_db()
    assert (Wave.objects.get().questionnaire, other.frozen_at) == (other, now)


def question(show_if=None, **fields):
    return {
        "kind": "rating", "topic": "More", "text": "And this?", "lineage": "more",
        "show_if": show_if, "show_if_values": ["1"] if show_if else [], **fields,
    }  # fmt: skip


def test_condition_on_a_question_that_goes_is_refused(questionnaire, first, second):
    fields = question(show_if=first)
    add = {"questionnaire": questionnaire, "fields": fields, "by": None}
    with overtaken(lambda: questionnaires.add_question(**add)) as late:
        questionnaires.delete_question(question=first, by=None)
    assert isinstance(late.error, BadQuestion)
    assert Question.objects.get() == second


def test_question_that_goes_is_not_moved(first, second):
    with overtaken(lambda: questionnaires.move_question(question=second, up=True, by=None)) as late:
        questionnaires.delete_question(question=second, by=None)
    assert isinstance(late.error, BadQuestion)


def test_question_that_gets_a_condition_is_not_moved_before_it(questionnaire, first, second):
    changes = {"show_if": first, "show_if_values": ["1"]}
    with overtaken(lambda: questionnaires.move_question(question=second, up=True, by=None)) as late:
        questionnaires.change_question(
            question=Question.objects.get(pk=second.pk), changes=changes, by=None,
            seen_version=questionnaire.version,
        )  # fmt: skip
    assert isinstance(late.error, BadQuestion)
    assert list(Question.objects.order_by("position")) == [first, second]


def test_lineage_has_one_scale_in_all_lists(questionnaire, first):
    other = factories.QuestionnaireFactory(title="Another")
    stars = {"questionnaire": questionnaire, "fields": question(kind="likelihood"), "by": None}
    with overtaken(lambda: questionnaires.add_question(**stars)) as late:
        questionnaires.add_question(questionnaire=other, fields=question(), by=None)
    assert isinstance(late.error, ScaleChanged)


def test_copy_waits_for_who_changes_the_scale(questionnaire, first, now):
    copy = {"questionnaire": questionnaire, "title": "Next year", "by": None, "now": now}
    with overtaken(lambda: questionnaires.copy(**copy)) as late:
        questionnaires.change_question(
            question=first, changes={"kind": "likelihood"}, by=None,
            seen_version=questionnaire.version,
        )  # fmt: skip
    assert late.error is None
    assert set(Question.objects.values_list("kind", flat=True)) == {"likelihood"}
