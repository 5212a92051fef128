"""Results of a wave. Only tallies are read, so that a page costs the same after many responses."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Q, Subquery, Sum
from django.utils.translation import gettext as _

from accounts.permissions import SEES_EVERY_AGENCY
from accounts.readers import Reader
from crm_portal import charts
from crm_portal.lib.worded import worded_once
from surveys.disclosure import MINIMUM
from surveys.flow import CHOICES, SCALES, TEXTS
from surveys.models import Answer, AnswerTally, Question, Wave
from surveys.queries import everybody


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
        if self.n < MINIMUM:
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
    # The wave that asked it last before this one.
    asked_in: str = ""
    # Of everybody, beside a part; None where there are too few or the viewer may not be told.
    everywhere: Counts | None = None
    # Why no earlier time is comparable; "" where one is, or where there was none.
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
            words = [str(n) for n in range(low, high + 1)]
        else:
            words = self.question.options
        counts = tuple((word, self.now.values.get(word, 0)) for word in words)
        return charts.distribution(counts, label=self.question.text)

    @property
    def options(self):
        """Choices with their counts, most chosen first."""
        if self.question.kind not in CHOICES:
            return []
        counted = [(option, self.now.values.get(option, 0)) for option in self.question.options]
        return sorted(counted, key=lambda pair: -pair[1])


def previous_wave(wave):
    """The last wave before this one that asked at least half of the same. A short one in between,
    about other things, does not come between two years."""
    if wave.opened_at is None:
        return None
    own = Question.objects.filter(questionnaire=wave.questionnaire_id).order_by()
    size = own.values("questionnaire").annotate(size=Count("pk")).values("size")
    is_same = Q(questionnaire__questions__lineage__in=own.values("lineage"))
    earlier = Wave.objects.filter(opened_at__lt=wave.opened_at).alias(
        twice=2 * Count("questionnaire__questions", is_same)
    )
    return earlier.filter(twice__gte=Subquery(size)).order_by("-opened_at").first()


def _asked_before(wave, questions):
    """{lineage: (pk, title, state, end) of the wave that asked it last before this one}."""
    if wave.opened_at is None:
        return {}
    run = "questionnaire__waves"
    rows = (
        Question.objects.filter(
            lineage__in=[question.lineage for question in questions],
            **{f"{run}__opened_at__lt": wave.opened_at},
        )
        .order_by("lineage", f"-{run}__opened_at")
        .distinct("lineage")
        .values_list("lineage", run, f"{run}__title", f"{run}__state", f"{run}__ended_at")
    )
    return {lineage: asked for lineage, *asked in rows}


def questions_of(wave):
    return list(Question.objects.filter(questionnaire=wave.questionnaire_id).order_by("position"))


def results(wave, user, *, questions=None, agency=None, topic="", previous=None):
    """A `Result` for each question, of the agencies that the user sees, or of one of them (pk).

    Each question is compared with the last time that it was asked; `previous` is the wave that
    says of one that never was whether it replaces another. What is known already of `questions`
    and `previous` is not read again.
    """
    questions = questions_of(wave) if questions is None else questions
    asked = _asked_before(wave, questions)
    is_part = agency is not None or user.role not in SEES_EVERY_AGENCY
    own = _count(wave, asked.values(), user if is_part else None, agency)
    everywhere = _of_everybody(wave, user) if is_part else {}
    topics = set()
    if any(q.lineage not in asked and q.kind not in TEXTS for q in questions):
        previous = previous or previous_wave(wave)
        topics = _topics(previous)
    found = []
    for question in questions:
        lineage = question.lineage
        pk, title, *_end = asked.get(lineage, (None, ""))
        here = own[wave.pk, lineage]
        result = Result(
            question,
            Counts(here),
            before=Counts(own[pk, lineage]) if pk else None,
            asked_in=title,
            everywhere=everywhere.get(lineage),
            trend_break="" if pk else _trend_break(question, topics, previous),
        )
        if topic in ("", question.topic):
            found.append(result)
    return found


def _topics(wave):
    if wave is None:
        return set()
    rows = Question.objects.filter(questionnaire=wave.questionnaire_id).order_by()
    return set(rows.values_list("topic", flat=True))


def _count(wave, asked, user, agency):
    """{(wave, lineage): {value: count}} of what the user asked for, in this wave and those that
    asked before; of everybody without a user."""
    ends = everybody.ends_of([wave])
    ends |= {pk: (state, end) for pk, _title, state, end in asked}
    if user is None:
        return everybody.said(ends)
    of_one = {} if agency is None else {"agency": agency}
    counts = defaultdict(dict)
    for pk, lineage, value, count in _said(Reader.of(user), waves=list(ends), **of_one):
        if count:
            counts[pk, lineage][value] = count
    return counts


def _of_everybody(wave, user):
    """{lineage: Counts} of everybody, where there are enough of them and the user may be told."""
    ends = everybody.ends_of([wave])
    said = everybody.said(ends)
    told = everybody.told(user, ends).get(wave.pk, {})
    counts = {lineage: Counts(said[wave.pk, lineage]) for lineage, may in told.items() if may}
    return {lineage: found for lineage, found in counts.items() if found.n >= MINIMUM}


@worded_once
def _said(reader, *, waves, agency=None):
    """(wave, lineage, value, count) of what the reader sees."""
    tallies = AnswerTally.objects.filter(wave__in=waves).visible_to(reader.user)
    if agency is not None:
        tallies = tallies.filter(agency=agency)
    rows = tallies.order_by().values_list("wave", "question__lineage", "value")
    return rows.annotate(sum=Sum("count"))


def _trend_break(question, topics, previous):
    if previous is None or question.kind in TEXTS:
        return ""
    if question.topic in topics:
        return _("The question or its scale changed: not comparable with %(wave)s.") % {
            "wave": previous.title
        }
    return _("Not asked before.")


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
