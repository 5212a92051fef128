"""How a question is drawn: large cards for answers, and answers in words for reading."""

from django import template
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, gettext_lazy

from surveys.models import Question

register = template.Library()
K = Question.Kind

RATING_WORDS = {
    1: gettext_lazy("very dissatisfied"),
    2: gettext_lazy("dissatisfied"),
    3: gettext_lazy("neither"),
    4: gettext_lazy("satisfied"),
    5: gettext_lazy("very satisfied"),
}
LIKELIHOOD_ENDS = (gettext_lazy("not at all likely"), gettext_lazy("extremely likely"))


@register.simple_tag
def answer_cards(row):
    """The answers to choose from, as radio buttons or check boxes. Nothing for text."""
    question = row.question
    chosen = set(row.given.values)
    if question.kind == K.RATING:
        options = [(str(n), _marked(n, words)) for n, words in RATING_WORDS.items()]
        return _choices(row, options, chosen, css="choices-cards choices-across")
    if question.kind == K.LIKELIHOOD:
        options = [(str(n), _scale_label(n)) for n in range(11)]
        return format_html(
            '{}<div class="scale-ends" aria-hidden="true"><span>{}</span><span>{}</span></div>',
            _choices(row, options, chosen, css="choices-scale"),
            *LIKELIHOOD_ENDS,
        )
    options = [(option, option) for option in question.options]
    kind = "checkbox" if question.kind == K.CHOICES else "radio"
    return _choices(row, options, chosen, css="choices-cards", kind=kind)


def _marked(number, words):
    return format_html(
        '<span class="mark" aria-hidden="true">{}</span><span>{}</span>', number, words
    )


def _scale_label(number):
    """The two ends say what they mean to those who hear the cards one by one."""
    if number not in (0, 10):
        return str(number)
    return format_html(
        '{}<span class="usa-sr-only"> {}</span>', number, LIKELIHOOD_ENDS[number == 10]
    )


def _choices(row, options, chosen, *, css, kind="radio"):
    name = f"q{row.question.pk}"
    cards = format_html_join(
        "",
        '<div class="usa-{0}"><input class="usa-{0}__input" type="{0}" name="{1}" value="{2}"'
        ' id="{1}-{3}"{4}><label class="usa-{0}__label" for="{1}-{3}">{5}</label></div>',
        (
            (kind, name, value, index, _attributes(row, value in chosen), label)
            for index, (value, label) in enumerate(options)
        ),
    )
    return format_html('<div class="choices {}">{}</div>', css, cards)


def _attributes(row, is_checked):
    return flatatt({"checked": is_checked, "disabled": not row.is_shown})


@register.filter
def is_text(question):
    return question.kind in (K.SHORT_TEXT, K.LONG_TEXT)


@register.filter
def is_low(row, threshold):
    """Whether the rating is one that asks for words."""
    number = row.given.number
    return row.question.kind == K.RATING and number is not None and number < threshold


@register.filter
def in_words(row):
    """What was said, in one line: "2 – dissatisfied", "Phone, Mail"; "" for nothing."""
    number = row.given.number
    if number is None:
        return ", ".join(row.given.options)
    if row.question.kind == K.RATING:
        return gettext("%(number)d – %(words)s") % {
            "number": number,
            "words": RATING_WORDS.get(number, ""),
        }
    return gettext("%(number)d of 10") % {"number": number}
