"""Answers to take away, as rows of cells; `crm_portal.lib.sheets` writes them."""

from django.utils.translation import gettext as _

from accounts.vocabulary import words
from surveys.flow import SCALES, TEXTS
from surveys.models import Answer

BATCH = 1000
ANSWER = ["response_id", "question_id", "number", "options", "text"]


def responses(rows, questions, zone):
    """One row a response. A scale has a second column for the words beside it."""
    head = [words().Agency, _("Acronym"), _("Person"), _("Title"), _("Sent")]
    for question in questions:
        head.append(question.text)
        if question.kind not in TEXTS:
            head.append(_("%(topic)s: comment") % {"topic": question.topic})
    yield head
    for chunk in _batches(rows):
        for row, given in _with_answers(chunk):
            person = row.invitation.person
            line = [row.agency.name, row.agency.acronym, person.name, person.title]
            line.append(row.submitted_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"))
            for question in questions:
                line += _cells(question, given.get(question.pk))
            yield line


def _cells(question, answer):
    if question.kind in TEXTS:
        return [answer.text if answer else ""]
    if answer is None:
        return ["", ""]
    if question.kind in SCALES:
        return ["" if answer.number is None else answer.number, answer.text]
    return ["; ".join(answer.options), answer.text]


def _with_answers(chunk):
    given = {}
    answers = Answer.objects.filter(response__in=chunk).order_by()
    # No models: there are a dozen for each row.
    for answer in answers.values_list(*ANSWER, named=True):
        given.setdefault(answer.response_id, {})[answer.question_id] = answer
    return [(row, given.get(row.pk, {})) for row in chunk]


def _batches(rows):
    """Lists of rows: what belongs to them is read once for many, and memory stays flat."""
    chunk = []
    for row in rows.iterator(chunk_size=BATCH):
        chunk.append(row)
        if len(chunk) == BATCH:
            yield chunk
            chunk = []
    yield chunk
