"""What people type, read and checked. Nothing here is written."""

import re

from surveys.flow import Given, clean_text

# Above it no clock of a browser will count for a long time; the column ends at 2^63.
LAST_SEQUENCE = 2**62
_FIELD = re.compile(r"q([0-9]{1,18})(_text)?", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,2}", re.ASCII)
NO_NUMBER = 999
WORTH_KEEPING = 12


def read_answers(data, questions):
    """The answers in a page that was sent: {question's pk: Given}.

    Only of questions that the page showed. What cannot be an answer becomes one that fits no
    question, so that the check says what to do.
    """
    seen = set(data.getlist("seen"))
    return {
        question.pk: read_answer(data, question)
        for question in questions
        if str(question.pk) in seen or f"q{question.pk}" in data or f"q{question.pk}_text" in data
    }


def read_answer(data, question):
    """What one question's fields say."""
    name = f"q{question.pk}"
    if question.kind in ("short_text", "long_text"):
        return Given(text=clean_text(data.get(name, "")))
    text = clean_text(data.get(f"{name}_text", ""))
    values = [value for value in data.getlist(name) if value]
    if question.kind in ("choice", "choices"):
        return Given(options=tuple(dict.fromkeys(values)), text=text)
    return Given(number=_number(values[-1]) if values else None, text=text)


def read_part(data, name, questions):
    """(question, part) of one field that changed, as `responses.save_part` takes it, or None."""
    match = _FIELD.fullmatch(name)
    question = questions.get(int(match[1])) if match else None
    if question is None:
        return None
    said = read_answer(data, question)
    if match[2] or question.kind in ("short_text", "long_text"):
        return question, {"text": said.text}
    return question, {"number": said.number, "options": said.options}


def read_words(data):
    """Longer texts in a page that came too late, to be shown for copying."""
    return worth_keeping(clean_text(data[name]) for name in data if _FIELD.fullmatch(name))


def worth_keeping(texts):
    """Those that somebody would not like to write again."""
    return [text for text in texts if len(text) > WORTH_KEEPING]


def read_sequence(data, name):
    """A counter of the browser's, or None when it is not one."""
    return _counter(data.get(name, ""))


def _counter(text):
    number = int(text) if re.fullmatch(r"[0-9]{1,19}", text, re.ASCII) else LAST_SEQUENCE
    return number if number < LAST_SEQUENCE else None


def read_fields(data):
    """[(field, its counter)] of what a script sends while somebody types, or None.

    One counter stands for all fields, or each has its own.
    """
    names = data.getlist("autosave_field")
    counters = [_counter(text) for text in data.getlist("autosave_sequence")]
    if len(counters) == 1:
        counters *= len(names) or 1
    if None in counters or len(counters) < max(len(names), 1):
        return None
    return list(zip(names, counters, strict=False))


def _number(text):
    return int(text) if _NUMBER.fullmatch(text) else NO_NUMBER
