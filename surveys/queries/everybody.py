"""What everybody said in a wave, and which of it somebody who sees a part may be told."""

from collections import defaultdict

from django.apps import apps
from django.core.cache import caches
from django.db.models import Count, Q, Sum

from accounts.permissions import SEES_EVERY_AGENCY
from accounts.readers import Reader
from agencies.models import Agency
from crm_portal.lib.worded import worded_once
from surveys import disclosure
from surveys.flow import SCALES
from surveys.models import AnswerTally, Question, Wave

KEPT_SECONDS = 3600


def ends_of(waves):
    """What `said` and `told` take: {wave's pk: (its state, when it ended)}."""
    return {wave.pk: (wave.state, wave.ended_at) for wave in waves}


def said(ends):
    """{(wave, lineage): {value: count}} of everybody in these waves."""
    counts = defaultdict(dict)
    for wave, rows in _rows(ends).items():
        for lineage, _kind, value, count in rows:
            counts[wave, lineage][value] = count
    return counts


def told(user, ends, *, kinds=tuple(SCALES)):
    """{wave: {lineage: whether the user may be told what everybody said}} of the questions of
    these kinds (scales: of several choices a tally counts choices, not people).

    Who sees every agency may be told all. For others the rule is that of `surveys.disclosure`: a
    wave must have ended, and only once, and the agencies that they see, or ever looked after, are
    taken away from everybody.
    """
    if user.role in SEES_EVERY_AGENCY:
        groups = _groups(ends, kinds)
        return {wave: dict.fromkeys(counts, True) for wave, counts in groups.items()}
    still = _standing_still(ends)
    groups = _groups({wave: end for wave, end in ends.items() if wave in still}, kinds)
    known = _known(user, list(groups)) if groups else {}
    return {
        wave: {
            lineage: disclosure.may_show(people, *known.get((wave, lineage), (0,)))
            for lineage, people in counts.items()
        }
        for wave, counts in groups.items()
    }


def told_the_mean(user, waves):
    """The waves (pk) of which the user may be told everybody's mean over all ratings: where each
    of the ratings may be told, since those that are follow from the mean for the one that is not.
    """
    if user.role in SEES_EVERY_AGENCY:
        return {wave.pk for wave in waves}
    found = told(user, ends_of(waves), kinds=[Question.Kind.RATING])
    return {wave for wave, may in found.items() if all(may.values())}


def _groups(ends, kinds):
    """{wave: {lineage: people who answered}}"""
    found = {}
    for wave, rows in _rows(ends).items():
        found[wave] = defaultdict(int)
        for lineage, kind, _value, count in rows:
            if kind in kinds:
                found[wave][lineage] += count
    return found


def _known(user, waves):
    rows = _said_where_known(Reader.of(user), waves=waves)
    return {(wave, lineage): (seen or 0, known) for wave, lineage, seen, known in rows}


@worded_once
def _said_where_known(reader, *, waves):
    """(wave, lineage, answers that the reader sees, those and what they once may have seen)"""
    seen = Q(agency__in=Agency.objects.visible_to(reader.user).values("pk"))
    once = Q(agency__in=reader.user.assignments.order_by().values("agency"))
    rows = AnswerTally.objects.filter(seen | once, wave__in=waves).order_by()
    return rows.values_list("wave", "question__lineage").annotate(
        seen=Sum("count", filter=seen), known=Sum("count")
    )


def _rows(ends):
    """{wave: [(lineage, kind, value, count)]}"""
    return _kept("said", ends, _count_everybody)


def _count_everybody(waves):
    found = {wave: [] for wave in waves}
    for wave, *row in _said(waves=waves):
        found[wave].append(row)
    return found


@worded_once
def _said(*, waves):
    """(wave, lineage, kind, value, count)"""
    rows = AnswerTally.objects.filter(wave__in=waves, count__gt=0).order_by()
    by_value = rows.values_list("wave", "question__lineage", "question__kind", "value")
    return by_value.annotate(sum=Sum("count"))


def _standing_still(ends):
    """Those of the waves whose figures are final: ended, and never taken up again after an end.
    Of the others two versions were to be seen, which differ by the few who came late."""
    finished = {
        wave: (state, end)
        for wave, (state, end) in ends.items()
        if state in (Wave.State.ENDED, Wave.State.CLOSED)
    }
    return {wave for wave, still in _kept("still", finished, _ended_once).items() if still}


def _ended_once(waves):
    events = apps.get_model("surveys", "WaveEvent").objects.filter(pgh_obj__in=waves)
    again = events.values("pgh_obj").annotate(ends=Count("ended_at", distinct=True))
    reopened = set(again.filter(ends__gt=1).values_list("pgh_obj", flat=True))
    return {wave: wave not in reopened for wave in waves}


def _kept(name, ends, count):
    """{wave: what `count` finds for it}. What a finished wave says changes no more: the answers of
    a whole state are added up once an hour at most."""
    keys = {
        f"{name}:{wave}:{end and end.isoformat()}": wave
        for wave, (state, end) in ends.items()
        if state != Wave.State.OPEN
    }
    kept = caches["memory"].get_many(keys)
    found = {keys[key]: value for key, value in kept.items()}
    missing = [wave for wave in ends if wave not in found]
    if missing:
        found |= count(missing)
    new = {key: found[wave] for key, wave in keys.items() if key not in kept}
    caches["memory"].set_many(new, KEPT_SECONDS)
    return found
