"""The order of a questionnaire: what is asked, in which sections, what is still missing.

Pure functions of questions and answers, for the pages, the submit and the tests alike.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from surveys.models import Question

# A questionnaire without headings is cut into pieces of this size.
SECTION_SIZE = 4
SHORT_TEXT = 300
LONG_TEXT = 10_000
SCALES: dict[str, tuple[int, int]] = {
    Question.Kind.RATING: (1, 5),
    Question.Kind.LIKELIHOOD: (0, 10),
}
TEXTS: dict[str, int] = {Question.Kind.SHORT_TEXT: SHORT_TEXT, Question.Kind.LONG_TEXT: LONG_TEXT}
CHOICES = frozenset({Question.Kind.CHOICE, Question.Kind.CHOICES})
# Text that was typed goes to the database, which takes no NUL, and into letters and tables.
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])


@dataclass(frozen=True)
class Given:
    """What was said to one question."""

    number: int | None = None
    options: tuple[str, ...] = ()
    text: str = ""

    @property
    def values(self):
        """As tallies and conditions compare them. Words are not compared."""
        return [str(self.number)] if self.number is not None else list(self.options)

    @property
    def is_empty(self):
        return self.number is None and not self.options and not self.text


NOTHING = Given()


@dataclass(frozen=True)
class Section:
    number: int
    title: str
    questions: list


def given_of(questions):
    """The answers that `QuestionQuerySet.with_answers` brought along: {question's pk: Given}."""
    return {
        question.pk: Given(
            question.given_number, tuple(question.given_options), question.given_text
        )
        for question in questions
        if question.given_options is not None
    }


def shown(questions, given):
    """The questions that are asked after these answers, in order.

    One whose condition is on a question that is not asked itself is not asked.
    """
    asked = {}
    for question in questions:
        if question.show_if_id is not None:
            if question.show_if_id not in asked:
                continue
            if not set(given.get(question.show_if_id, NOTHING).values).intersection(
                question.show_if_values
            ):
                continue
        asked[question.pk] = question
    return list(asked.values())


def values_of(question):
    """The answers that a condition can be on, as it writes them. None on words."""
    if question.kind in SCALES:
        low, high = SCALES[question.kind]
        return [str(number) for number in range(low, high + 1)]
    return question.options if question.kind in CHOICES else []


def sections(questions):
    """The questionnaire in pieces: by its headings, or of a handful of questions each.

    A question with a condition on one in the piece before it stays in that piece.
    """
    has_headings = any(question.section for question in questions)
    pieces: list[Section] = []
    for question in questions:
        here = pieces[-1].questions if pieces else []
        if has_headings:
            is_new = bool(question.section)
        else:
            follows = question.show_if_id in {other.pk for other in here}
            is_new = len(here) >= SECTION_SIZE and not follows
        if is_new or not pieces:
            pieces.append(Section(len(pieces) + 1, question.section, []))
        pieces[-1].questions.append(question)
    return pieces


def missing(questions, given):
    """The required ones among those asked that have no answer: a comment alone is none."""
    return [
        question
        for question in shown(questions, given)
        if question.required and not _is_answered(question, given.get(question.pk, NOTHING))
    ]


def _is_answered(question, answer):
    return bool(answer.text.strip()) if question.kind in TEXTS else bool(answer.values)


def clean_text(text):
    """Without control characters and blanks at the ends; one kind of line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
    return text.encode(errors="replace").decode().strip()


def fault(question, answer):
    """A sentence that says what to do when the answer does not fit the question, or ""."""
    if question.kind in SCALES:
        return _number_fault(question, answer)
    if answer.number is not None:
        return _("Choose one of the answers shown.")
    if question.kind in TEXTS:
        return (
            _("Write your answer into the field.")
            if answer.options
            else _text_fault(answer.text, TEXTS[question.kind])
        )
    if not set(answer.options) <= set(question.options):
        return _("Choose one of the answers shown.")
    if question.kind == Question.Kind.CHOICE and len(answer.options) > 1:
        return _("Choose only one answer.")
    return _text_fault(answer.text, LONG_TEXT)


def _number_fault(question, answer):
    low, high = SCALES[question.kind]
    if answer.options or (answer.number is not None and not low <= answer.number <= high):
        return _("Choose a number from %(low)d to %(high)d.") % {"low": low, "high": high}
    return _text_fault(answer.text, LONG_TEXT)


def _text_fault(text, limit):
    if len(text) > limit:
        return _("Shorten this to %(limit)s characters; it has %(length)s now.") % {
            "limit": f"{limit:,}",
            "length": f"{len(text):,}",
        }
    return ""
