"""Lists of questions: written, copied for the next year, and frozen once somebody was asked."""

from django.db.models import F, Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.history import service
from crm_portal.lib import locks
from crm_portal.lib.locks import Rule
from crm_portal.lib.refusals import Refusal
from crm_portal.lib.versions import save_if_unchanged
from surveys.flow import CHOICES, values_of
from surveys.models import Question, Questionnaire


class Frozen(Refusal):
    """People were asked with it: its questions stay as they were."""


class ScaleChanged(Refusal):
    """The lineage belongs to another scale: the trend would join what cannot be compared."""


class BadQuestion(Refusal):
    """The parts of a question contradict each other."""


@service
def create(*, title, introduction="", minutes=5, questions=(), by, now):
    """A questionnaire with its questions, in order.

    Each question is a dict of its fields; `show_if` is the lineage of an earlier one. A missing
    `lineage` is made from the topic.
    """
    questionnaire = Questionnaire.objects.create(
        title=title, introduction=introduction, minutes=minutes, created_at=now
    )
    locks.hold(Rule.LINEAGES)
    by_lineage = {}
    for position, fields in enumerate(questions, start=1):
        fields = dict(fields)
        if fields.get("show_if"):
            fields["show_if"] = by_lineage[fields["show_if"]]
        question = Question(questionnaire=questionnaire, position=position, **fields)
        _complete(question, taken=by_lineage)
        question.save()
        by_lineage[question.lineage] = question
    return questionnaire


@service
def copy(*, questionnaire, title, by, now):
    """The same questions for another run. Each keeps its lineage, so that trends join."""
    locks.hold(Rule.LINEAGES)
    twin = Questionnaire.objects.create(
        title=title,
        introduction=questionnaire.introduction,
        minutes=questionnaire.minutes,
        created_at=now,
    )
    twins = {}
    for question in questionnaire.questions.order_by("position"):
        pk = question.pk
        question.pk, question.questionnaire = None, twin
        question._state.adding = True
        if question.show_if_id is not None:
            question.show_if = twins[question.show_if_id]
        question.save()
        twins[pk] = question
    return twin


@service
def change(*, questionnaire, changes, seen_version, by):
    """New title, introduction or minutes. These may change later too: they ask nothing."""
    for name, value in changes.items():
        setattr(questionnaire, name, value)
    save_if_unchanged(questionnaire, seen_version=seen_version, fields=list(changes))


@service
def add_question(*, questionnaire, fields, by):
    """Put a question at the end."""
    _hold(questionnaire)
    others = Question.objects.filter(questionnaire=questionnaire)
    last = others.aggregate(last=Max("position"))["last"] or 0
    question = Question(questionnaire=questionnaire, position=last + 1, **fields)
    _read_condition_again(question)
    _complete(question, taken=set(others.values_list("lineage", flat=True)))
    question.save()
    return question


@service
def change_question(*, question, changes, seen_version, by):
    """Other words, other options. Another scale needs another lineage.

    `seen_version` is the questionnaire's.
    """
    _hold(question.questionnaire, seen_version=seen_version)
    for name, value in changes.items():
        setattr(question, name, value)
    others = Question.objects.filter(questionnaire=question.questionnaire_id)
    taken = set(others.exclude(pk=question.pk).values_list("lineage", flat=True))
    _complete(question, taken=taken)
    _check_followers(question)
    question.save()


@service
def move_question(*, question, up, by):
    """Swap it with its neighbour. One never comes before the one that its condition is on."""
    _hold(question.questionnaire)
    question = _found(question)
    others, position = (
        Question.objects.filter(questionnaire=question.questionnaire_id),
        question.position,
    )
    beside = others.filter(position__lt=position) if up else others.filter(position__gt=position)
    neighbour = beside.order_by("-position" if up else "position").first()
    if neighbour is None:
        return
    first, second = (neighbour, question) if up else (question, neighbour)
    if second.show_if_id == first.pk:
        raise BadQuestion(_("It is asked only after the other one, and stays behind it."))
    others.filter(pk=question.pk).update(position=neighbour.position)
    others.filter(pk=neighbour.pk).update(position=position)


@service
def delete_question(*, question, by):
    """Take it out. Those that were asked only after it are asked always now."""
    _hold(question.questionnaire)
    question = _found(question)
    Question.objects.filter(show_if=question).update(show_if=None, show_if_values=[])
    question.delete()


def freeze(*, questionnaire, now):
    """From the first opening on, the questions stay as they are."""
    Questionnaire.objects.filter(pk=questionnaire.pk, frozen_at=None).update(frozen_at=now)


def _hold(questionnaire, *, seen_version=None):
    """Take the row, so that changes of one list come one after the other. Refuses a frozen one.

    Lineages join questions of all lists: changes of different ones wait for each other too.
    """
    locks.hold(Rule.LINEAGES)
    current = Questionnaire.objects.select_for_update(no_key=True).get(pk=questionnaire.pk)
    if current.frozen_at is not None:
        raise Frozen(_("People were already asked with this one. Copy it and change the copy."))
    if seen_version is not None:
        save_if_unchanged(current, seen_version=seen_version, fields=[])
    else:
        Questionnaire.objects.filter(pk=current.pk).update(version=F("version") + 1)


def _found(question):
    """As it stands once the list is held."""
    row = Question.objects.filter(pk=question.pk).first()
    if row is None:
        raise BadQuestion(_("Somebody else has taken this question out meanwhile."))
    return row


def _read_condition_again(question):
    """The form has read it before the list was held."""
    if question.show_if is not None:
        question.show_if = _found(question.show_if)


def _complete(question, *, taken):
    """Fill in what follows from the rest, and refuse what contradicts itself."""
    question.lineage = question.lineage or _new_lineage(question, taken=taken)
    if question.lineage in taken:
        raise BadQuestion(_("Another question of this list has the same lineage."))
    if question.kind not in CHOICES:
        question.options = []
    elif len(question.options) < 2:
        raise BadQuestion(_("Give at least two options to choose from."))
    if question.show_if is None:
        question.show_if_values = []
    elif question.show_if.questionnaire_id != question.questionnaire_id:
        raise BadQuestion(_("Its condition is on a question of another list."))
    elif question.show_if.position >= question.position:
        raise BadQuestion(_("Its condition is on a question that comes after it."))
    elif not question.show_if_values:
        raise BadQuestion(_("Say after which answers it is asked."))
    else:
        _check_condition(question)
    _check_scale(question)


def _check_condition(question):
    values = values_of(question.show_if)
    if not values:
        raise BadQuestion(_("Its condition is on a question that is answered in words."))
    for value in question.show_if_values:
        if value not in values:
            raise BadQuestion(
                _("“%(value)s” is no answer to “%(question)s”. Its answers are: %(values)s.")
                % {"value": value, "question": question.show_if, "values": ", ".join(values)}
            )


def _check_followers(question):
    """Nobody would ever be asked what is only asked after an answer that is gone."""
    values = values_of(question)
    for follower in question.followers.all():
        for value in follower.show_if_values:
            if value not in values:
                raise BadQuestion(
                    _("“%(question)s” is asked only after “%(value)s”. Change that first.")
                    % {"question": follower, "value": value}
                )


def _new_lineage(question, *, taken):
    stem = slugify(question.topic)[:40] or "question"
    lineage, number = stem, 2
    while lineage in taken:
        lineage, number = f"{stem}-{number}", number + 1
    return lineage


def _check_scale(question):
    asked_before = Question.objects.filter(lineage=question.lineage).exclude(
        questionnaire=question.questionnaire_id
    )
    for other in asked_before.values("kind", "options", "questionnaire__title"):
        same_options = question.kind not in CHOICES or other["options"] == question.options
        if other["kind"] != question.kind or not same_options:
            raise ScaleChanged(
                _(
                    "“%(title)s” asks this with other answers to choose from. Give the question "
                    "a new lineage, so that the trend shows the break."
                )
                % {"title": other["questionnaire__title"]}
            )
