"""Results of a wave. Only tallies are read, so that a page costs the same after many responses."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.permissions import SEES_EVERY_AGENCY
from agencies.models import Agency
from crm_portal import charts
from surveys.flow import CHOICES, SCALES, TEXTS
from surveys.models import Answer, AnswerTally, Question, Wave

# Fewer answers than this have a range, but no mean.
ENOUGH = 5


@dataclass(frozen=True)
class Counts:
    """How often each value was given to one question."""

    values: dict[str, int] = field(default_factory=dict)

    @property
    def n(self):
        return sum(self.values.values())

    @property
    def mean(self):
        """Of numbers, and only of enough of them."""
        if self.n < ENOUGH:
            return None
        return sum(int(value) * count for value, count in self.values.items()) / self.n

    @property
    def range(self):
        numbers = [int(value) for value, count in self.values.items() if count]
        return (min(numbers), max(numbers)) if numbers else None


@dataclass(frozen=True)
class Result:
    """One question: what was said, what was said last time, and everywhere."""

    question: Question
    now: Counts
    before: Counts | None = None
    everywhere: Counts | None = None
    # Why the last time is not comparable; "" where it is, or where there was none.
    trend_break: str = ""

    @property
    def is_scale(self):
        return self.question.kind in SCALES

    @property
    def is_text(self):
        return self.question.kind in TEXTS

    @property
    def change(self):
        if self.before is None or self.before.mean is None or self.now.mean is None:
            return None
        return round(self.now.mean - self.before.mean, 1)

    @property
    def chart(self):
        """How the answers are spread; None while there are none."""
        if not self.now.n or self.is_text:
            return None
        if self.is_scale:
            low, high = SCALES[self.question.kind]
            counts = [(str(n), self.now.values.get(str(n), 0)) for n in range(low, high + 1)]
        else:
            counts = [(option, self.now.values.get(option, 0)) for option in self.question.options]
        return charts.distribution(counts, label=self.question.text)

    @property
    def options(self):
        """Choices with their counts, most chosen first."""
        if self.question.kind not in CHOICES:
            return []
        counted = [(option, self.now.values.get(option, 0)) for option in self.question.options]
        return sorted(counted, key=lambda pair: -pair[1])


def previous_wave(wave):
    """The wave that people answered before this one."""
    if wave.opened_at is None:
        return None
    return Wave.objects.filter(opened_at__lt=wave.opened_at).order_by("-opened_at").first()


def results(wave, user, *, agency=None, topic="", previous=None):
    """A `Result` for each question, of the agencies that the user sees, or of one of them."""
    questions = list(
        Question.objects.filter(questionnaire=wave.questionnaire_id).order_by("position")
    )
    old = {}
    if previous is not None:
        rows = Question.objects.filter(questionnaire=previous.questionnaire_id).order_by()
        old = {question.lineage: question for question in rows}
    waves = [wave.pk] if previous is None else [wave.pk, previous.pk]
    own, all_of_them = _count(waves, user, agency)
    is_part = agency is not None or user.role not in SEES_EVERY_AGENCY
    return [
        Result(
            question,
            Counts(own[wave.pk, question.lineage]),
            before=Counts(own[previous.pk, question.lineage])
            if previous is not None and question.lineage in old
            else None,
            everywhere=_shareable(
                all_of_them[wave.pk, question.lineage], own[wave.pk, question.lineage], user
            )
            if is_part
            else None,
            trend_break=_trend_break(question, old, previous),
        )
        for question in questions
        if topic in ("", question.topic)
    ]


def _count(waves, user, agency):
    """({(wave, lineage): {value: count}} of what the user asked for, the same of everybody)."""
    mine = Q(agency__in=Agency.objects.visible_to(user))
    if agency is not None:
        mine &= Q(agency=agency)
    own, all_of_them = defaultdict(dict), defaultdict(dict)
    rows = (
        AnswerTally.objects.filter(wave__in=waves)
        .values_list("wave", "question__lineage", "value")
        .annotate(own=Coalesce(Sum("count", filter=mine), 0), everybody=Sum("count"))
    )
    for wave, lineage, value, count, everybody in rows:
        all_of_them[wave, lineage][value] = everybody
        if count:
            own[wave, lineage][value] = count
    return own, all_of_them


def _shareable(everybody, own, user):
    """Everybody's answers, unless taking the user's own away would leave a handful of others."""
    counts = Counts(everybody)
    others = counts.n - sum(own.values())
    is_safe = user.role in SEES_EVERY_AGENCY or others >= ENOUGH
    return counts if counts.n >= ENOUGH and is_safe else None


def _trend_break(question, old, previous):
    if previous is None or question.lineage in old or question.kind in TEXTS:
        return ""
    if any(other.topic == question.topic for other in old.values()):
        return _("The question or its scale changed: not comparable with %(wave)s.") % {
            "wave": previous.title
        }
    return _("Not asked in %(wave)s.") % {"wave": previous.title}


def comments(wave, user, *, agency=None, topic=""):
    """What was said in words, newest first, with who said it and the concern it became."""
    rows = (
        Answer.objects.visible_to(user)
        .filter(response__wave=wave, response__submitted_at__isnull=False)
        .exclude(text="")
        .select_related("question", "response__invitation__person", "response__agency", "concern")
        .order_by("-response__submitted_at", "question__position", "pk")
    )
    if agency is not None:
        rows = rows.filter(response__agency=agency)
    if topic:
        rows = rows.filter(question__topic=topic)
    return rows
