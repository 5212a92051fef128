"""How the whole office's survey waves went: for the heads, who see every agency.

What a finished wave says changes no more, so it is counted once an hour at most; the open one is
read from its tallies every time.
"""

import datetime as dt
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import F, IntegerField, Max, Min, Sum
from django.db.models.functions import Cast

from agencies.models import Agency
from dashboards import facts
from surveys.models import AnswerTally, Question, Response, ResponseTally, Wave

KEPT_SECONDS = 3600
# More points than these nobody reads off a chart.
SHOWN = 10


@dataclass(frozen=True)
class Outcome:
    """One wave in figures: ratings over everybody, and the span of the agencies' own means."""

    wave: Wave
    invited: int
    people: int
    mean: float | None
    low: float | None
    high: float | None

    @property
    def lineages(self):
        return frozenset(question.lineage for question in self.wave.rated)  # type: ignore[attr-defined]


def opened():
    """The newest waves that are not drafts, oldest first."""
    waves = Wave.objects.exclude(state=Wave.State.DRAFT).order_by("-opens_on", "-pk")
    return list(waves[:SHOWN])[::-1]


def with_questions(waves):
    """The waves, each with its rating questions in order as `rated`."""
    questions = Question.objects.filter(
        questionnaire__in={wave.questionnaire_id for wave in waves}, kind=Question.Kind.RATING
    ).order_by("position")
    for wave in waves:
        own = wave.questionnaire_id
        wave.rated = [row for row in questions if row.questionnaire_id == own]
    return waves


def outcomes(waves, evidence):
    """An Outcome for each wave, oldest first; of open ones as the evidence has it."""
    figures = _finished_figures(waves)
    still_open = [wave for wave in waves if wave.state == Wave.State.OPEN]
    people = _people(still_open) if still_open else {}
    for wave in still_open:
        figures[wave.pk] = _figures(wave.pk, evidence.answered, people.get(wave.pk, (0, 0)))
    return [Outcome(wave, *figures[wave.pk]) for wave in waves]


def finished(waves):
    """An Outcome for each wave that takes no more answers."""
    figures = _finished_figures(waves)
    return [Outcome(wave, *figures[wave.pk]) for wave in waves if wave.pk in figures]


def _finished_figures(waves):
    keys = {_key(wave): wave for wave in waves if wave.state != Wave.State.OPEN}
    kept = cache.get_many(keys)
    missing = [wave for key, wave in keys.items() if key not in kept]
    for wave, counted in zip(missing, _count(missing), strict=True):
        kept[_key(wave)] = counted
        cache.set(_key(wave), counted, KEPT_SECONDS)
    return {wave.pk: kept[key] for key, wave in keys.items()}


def kept_ratings(asked, agencies):
    """What `facts.ratings` says; of finished waves, for every agency, as it was kept."""
    finished = {f"ratings:{_key(wave)}": wave for wave in asked if wave.state != Wave.State.OPEN}
    kept = cache.get_many(finished)
    for key, wave in finished.items():
        if key not in kept:
            kept[key] = facts.ratings([wave], Agency.objects.all())
            cache.set(key, kept[key], KEPT_SECONDS)
    found = facts.ratings([wave for wave in asked if wave.state == Wave.State.OPEN], agencies)
    for ratings in kept.values():
        found |= ratings
    return found


def _key(wave):
    # A wave that was opened again and ended again is another one.
    ended = int(wave.ended_at.timestamp()) if wave.ended_at else 0
    return f"wave-outcome:{wave.pk}:{ended}"


def _count(waves):
    """(invited, people, mean, lowest mean, highest mean) of each wave."""
    if not waves:
        return []
    rated, people = facts.ratings(waves, Agency.objects.all()), _people(waves)
    return [_figures(wave.pk, rated, people.get(wave.pk, (0, 0))) for wave in waves]


def _people(waves):
    """{wave: (people asked, people who answered)}, those of agencies that closed since too, as
    the wave's own page counts them."""
    tallies = ResponseTally.objects.filter(wave__in=waves).order_by().values_list("wave")
    sums = tallies.annotate(invited=Sum("invited"), responded=Sum("responded"))
    return {wave: (invited, responded) for wave, invited, responded in sums}


def _figures(pk, rated, people):
    sums = [numbers for (wave, _agency), numbers in rated.items() if wave == pk]
    total, ratings = (sum(numbers[part] for numbers in sums) for part in (0, 1))
    means = [numbers[0] / numbers[1] for numbers in sums]
    if not means:
        return (*people, None, None, None)
    return (*people, total / ratings, min(means), max(means))


def answered_by(wave, elapsed):
    """How many people had answered the wave this long after it opened; whole days only."""
    days = dt.timedelta(days=elapsed.days + 1)
    key = f"wave-pace:{wave.pk}:{days.days}"
    count = cache.get(key)
    if count is None:
        until = wave.opened_at + days
        count = Response.objects.filter(wave=wave, submitted_at__lte=until).count()
        cache.set(key, count, KEPT_SECONDS)
    return count


def by_topic(wave, agencies):
    """{(agency, question): (mean, n, lowest, highest)} of the wave's ratings."""
    value = Cast("value", IntegerField())
    tallies = (
        AnswerTally.objects.filter(
            wave=wave, agency__in=agencies, question__in=wave.rated, count__gt=0
        )
        .values_list("agency_id", "question_id")
        .annotate(total=Sum(value * F("count")), n=Sum("count"), low=Min(value), high=Max(value))
        .order_by()
    )
    return {
        (agency, question): (total / n, n, low, high)
        for agency, question, total, n, low, high in tallies
    }
