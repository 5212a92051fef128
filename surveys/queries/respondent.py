"""What the respondent's pages show."""

import json
from dataclasses import dataclass, field

from surveys.flow import NOTHING, TEXTS, Given, Section, given_of, missing, sections, shown
from surveys.models import Invitation, Question, questions_with_answers

ALL = "all"
REVIEW = "review"


@dataclass
class Survey:
    """One person's questionnaire with what they have said so far."""

    invitation: Invitation | None
    questions: list[Question]
    given: dict[int, Given]
    faults: dict[int, str] = field(default_factory=dict)

    @property
    def response(self):
        return getattr(self.invitation, "response", None)

    @property
    def saved_at(self):
        return max((q.given_at for q in self.questions if q.given_at), default=None)

    @property
    def sequences(self):
        """{field: how new what we have of it is}, as JSON, for the script that keeps the page."""
        found = {}
        for question in self.questions:
            name = f"q{question.pk}"
            if question.kind in TEXTS:
                found[name] = question.given_text_sequence
            else:
                found[name] = question.given_sequence
                found[f"{name}_text"] = question.given_text_sequence
        return json.dumps({name: number for name, number in found.items() if number})

    def shown(self):
        return shown(self.questions, self.given)

    def missing(self):
        return missing(self.questions, self.given)

    def sections(self):
        """The pieces of the whole that have anything to ask, with the numbers of their steps."""
        asked = {question.pk for question in self.shown()}
        return [
            section
            for section in sections(self.questions)
            if any(question.pk in asked for question in section.questions)
        ]

    def section(self, step):
        """One piece by its number, all as one, or None when there is none of that number."""
        if step == ALL:
            return Section(0, "", self.questions)
        return next((s for s in self.sections() if str(s.number) == step), None)

    def neighbour(self, step, *, forward):
        """The step after or before one: a number, the review, or "" for the first page."""
        numbers = [section.number for section in self.sections()]
        if step == REVIEW:
            return str(numbers[-1]) if numbers and not forward else ""
        if step == ALL:
            return REVIEW if forward else ""
        beside = [n for n in numbers if (n > int(step) if forward else n < int(step))]
        if not beside:
            return REVIEW if forward else ""
        return str(min(beside) if forward else max(beside))

    def resume_at(self):
        """The first piece in which something is still to be said; the review when nothing is."""
        asked = {question.pk for question in self.shown()}
        for section in self.sections():
            for question in section.questions:
                if question.pk in asked and self.given.get(question.pk, NOTHING).is_empty:
                    return str(section.number)
        return REVIEW

    def rows(self, section):
        """The questions of a piece as the page shows them.

        One that waits for an answer on this very page comes along hidden.
        """
        asked = {question.pk for question in self.shown()}
        here = {question.pk for question in section.questions}
        return [
            Row(
                question,
                self.given.get(question.pk, NOTHING),
                is_shown=question.pk in asked,
                fault=self.faults.get(question.pk, ""),
            )
            for question in section.questions
            if question.pk in asked or question.show_if_id in here
        ]

    def answered_share(self):
        """How many of the questions asked have an answer, and how many there are."""
        asked = self.shown()
        done = [q for q in asked if not self.given.get(q.pk, NOTHING).is_empty]
        return len(done), len(asked)


@dataclass(frozen=True)
class Row:
    """One question on a page."""

    question: Question
    given: Given
    is_shown: bool = True
    fault: str = ""

    @property
    def described_by(self):
        """The ids of what a screen reader says beside the question."""
        pk = self.question.pk
        parts = [f"q{pk}-help"] if self.question.help_text else []
        return " ".join([*parts, f"q{pk}-fault"] if self.fault else parts)


def survey_of(invitation):
    """The survey behind a link. One query."""
    response = getattr(invitation, "response", None)
    questions = questions_with_answers(
        questionnaire=invitation.wave.questionnaire_id,
        response=response.pk if response is not None else 0,
    )
    return Survey(invitation, questions, given_of(questions))


def preview_of(questionnaire):
    """The survey as somebody sees it who has not answered yet."""
    rows = Question.objects.filter(questionnaire=questionnaire).with_answers(None)
    questions = list(rows.order_by("position"))
    return Survey(None, questions, {})
