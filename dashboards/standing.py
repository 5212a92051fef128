"""How we stand with an agency: good, watch, at risk or unknown, and the sentence that says why.

A pure function of facts. The rules, in this order; the first line that holds names the state:

| State   | Because                                                                             |
| ------- | ----------------------------------------------------------------------------------- |
| at risk | an open action climbed to the CCO or the state CIO (rung 3 or 4)                    |
| at risk | they told us "not fixed", and the work is not done again yet                        |
| at risk | a rating of 2 or less that nobody disposed of, or whose action is late              |
| at risk | SMALL_N people or more rated us below 3 on average in their latest survey           |
| unknown | no contact within the office's `contact_days`, and no answer within SURVEY_DAYS     |
| watch   | an open action is late                                                              |
| watch   | no visit within the tier's cadence, or none on record                               |
| watch   | a rating below the wave's threshold that is not settled                             |
| watch   | the last meeting whose mood is on record, within `contact_days`, went badly         |
| good    | fresh evidence, and none of the above                                               |

Unknown is not green: silence beats "watch" and "good". It does not beat "at risk", because what
is known to be wrong stays wrong while nobody talks. With fewer than SMALL_N people no average is
claimed. The liaison's mood and the agency's own ratings are never averaged together.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_portal.lib.figures import SMALL_N, mean_or_range, one_decimal
from feedback.models import Rung

# A yearly survey, and the weeks that it takes to answer it.
SURVEY_DAYS = 400
LOW_MEAN = 3
VERY_LOW_RATING = 2
BAD_MOOD = 2
# From this rung on the chief customer officer has been told.
HIGH_RUNG = 3

GOOD, WATCH, AT_RISK, UNKNOWN = "good", "watch", "at_risk", "unknown"
# Whom to call first: those at risk, then those of whom we know nothing.
STATES = {AT_RISK: 3000, UNKNOWN: 2000, WATCH: 1000, GOOD: 0}


@dataclass(frozen=True, slots=True)
class Score:
    """What the people of an agency said in their latest survey."""

    wave: str
    answered_on: dt.date
    people: int
    total: int
    ratings: int
    low: int
    high: int
    is_open: bool = False

    @property
    def mean(self):
        return self.total / self.ratings if self.ratings else None

    @property
    def shown(self):
        """One decimal, and never rounded up to what it is below."""
        return None if self.mean is None else one_decimal(self.mean)

    @property
    def words(self):
        """The average with its n; of a few people only the range, which claims nothing."""
        figure = mean_or_range(self.mean, self.people, self.low, self.high)
        return _("%(figure)s (n = %(n)d)") % {"figure": figure, "n": self.people}


@dataclass(frozen=True, slots=True)
class LateAction:
    """The open action of an agency that is late and highest on the ladder."""

    owner: str
    due_on: dt.date
    rung: int
    count: int


@dataclass(frozen=True, slots=True)
class LowRating:
    """The lowest rating that is not settled."""

    rating: int
    topic: str
    raised_on: dt.date
    is_disposed: bool
    is_late: bool


# Not frozen: a first screen makes five hundred, and frozen ones take three times as long.
@dataclass(slots=True)
class Facts:
    """What is known of one agency on one day."""

    today: dt.date
    visit_days: int
    contact_days: int
    tier: int = 2
    last_contact_on: dt.date | None = None
    last_visit_on: dt.date | None = None
    score: Score | None = None
    late: LateAction | None = None
    low: LowRating | None = None
    not_fixed_topic: str | None = None
    mood: int | None = None
    mood_on: dt.date | None = None
    has_liaison: bool = True
    is_silent: bool = False

    def days_since(self, date):
        return None if date is None else (self.today - date).days

    @property
    def next_visit_on(self):
        """The last day of the tier's cadence; None before the first visit."""
        return self.last_visit_on and self.last_visit_on + dt.timedelta(days=self.visit_days)

    @property
    def is_visit_overdue(self):
        return self.last_visit_on is None or self.next_visit_on < self.today

    @property
    def has_recent_contact(self):
        return (
            self.last_contact_on is not None
            and self.days_since(self.last_contact_on) <= self.contact_days
        )

    @property
    def has_recent_answer(self):
        return (
            self.score is not None
            and self.score.people > 0
            and self.days_since(self.score.answered_on) <= SURVEY_DAYS
        )

    @property
    def is_stale(self):
        """Whether all evidence is past its shelf life."""
        return not (self.has_recent_contact or self.has_recent_answer)


@dataclass(frozen=True)
class Standing:
    """The state with its reasons: names of rules, the weightiest first."""

    facts: Facts
    state: str
    reasons: tuple[str, ...]

    @cached_property
    def weight(self):
        """For sorting: the higher, the sooner somebody should call."""
        late = self.facts.late
        return (
            STATES[self.state]
            + sum(WEIGHTS[reason] for reason in self.reasons)
            + (min(60, self.facts.days_since(late.due_on)) if late else 0)
            # Between equals the agency that should have most contact goes first.
            + (3 - self.facts.tier)
        )

    @cached_property
    def why(self):
        """The sentence that says why: at most two facts about them, then our own lateness."""
        facts = self.facts
        if self.state == GOOD:
            return capfirst(self.evidence)
        said = [CLAUSES[reason](facts) for reason in self.reasons if self._is_worth_saying(reason)]
        sentence = said[0] if said else ""
        if len(said) > 1:
            sentence = _("%(first)s and %(second)s") % {"first": said[0], "second": said[1]}
        if facts.late is not None:
            ours = _late_action(facts)
            sentence = f"{sentence}; {ours}" if sentence else ours
        return capfirst(sentence)

    def _is_worth_saying(self, reason):
        """Lateness stands at the end of the sentence, and no topic is named twice."""
        named = self.facts.low is not None and self.facts.low.topic == self.facts.not_fixed_topic
        return reason in CLAUSES and not (named and CLAUSES[reason] in (_low_rating, _rating))

    @cached_property
    def evidence(self):
        """How old what we know is, and from how many people."""
        return "; ".join((_contact(self.facts), _answers(self.facts)))


def judge(facts):
    """The standing that follows from the facts."""
    risks = tuple(name for name, holds in RISKS.items() if holds(facts))
    warnings = tuple(name for name, holds in WARNINGS.items() if holds(facts))
    if risks:
        return Standing(facts, AT_RISK, risks + warnings)
    if facts.is_stale:
        return Standing(facts, UNKNOWN, ("stale",))
    if warnings:
        return Standing(facts, WATCH, warnings)
    return Standing(facts, GOOD, ())


# ---- The rules ---------------------------------------------------------------------------------

RISKS = {
    "not_fixed": lambda facts: facts.not_fixed_topic is not None,
    "low_rating": lambda facts: (
        facts.low is not None
        and facts.low.rating <= VERY_LOW_RATING
        and (facts.low.is_late or not facts.low.is_disposed)
    ),
    "low_mean": lambda facts: (
        facts.has_recent_answer
        and facts.score.people >= SMALL_N
        and facts.score.mean is not None
        and facts.score.mean < LOW_MEAN
    ),
    "escalated": lambda facts: facts.late is not None and facts.late.rung >= HIGH_RUNG,
}
WARNINGS = {
    "visit": lambda facts: facts.is_visit_overdue,
    "open_rating": lambda facts: facts.low is not None and not RISKS["low_rating"](facts),
    "mood": lambda facts: (
        facts.mood is not None
        and facts.mood <= BAD_MOOD
        and facts.days_since(facts.mood_on) <= facts.contact_days
    ),
    "late": lambda facts: facts.late is not None,
}
WEIGHTS = {
    "not_fixed": 400,
    "low_rating": 300,
    "low_mean": 300,
    "escalated": 200,
    "stale": 0,
    "late": 40,
    "open_rating": 30,
    "mood": 30,
    "visit": 20,
}


# ---- The words ---------------------------------------------------------------------------------


def _count_days(days):
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def _days_ago(days):
    if days <= 0:
        return _("today")
    return ngettext("yesterday", "%(n)d days ago", days) % {"n": days}


def _rating(facts):
    about = {"rating": facts.low.rating, "topic": facts.low.topic}
    if not facts.low.topic:
        return _("a rating of %(rating)d") % about
    return _("a %(rating)d on “%(topic)s”") % about


def _low_rating(facts):
    if facts.low.is_disposed:
        return _rating(facts)
    days = max(1, facts.days_since(facts.low.raised_on))
    return _("%(rating)s that nobody has answered for %(days)s") % {
        "rating": _rating(facts),
        "days": _count_days(days),
    }


def _low_mean(facts):
    return _("%(n)d people rated us %(mean)s of 5 in “%(wave)s”") % {
        "n": facts.score.people,
        "mean": facts.score.shown,
        "wave": facts.score.wave,
    }


def _not_fixed(facts):
    if not facts.not_fixed_topic:
        return _("they told us “not fixed”")
    return _("they told us “not fixed” on “%(topic)s”") % {"topic": facts.not_fixed_topic}


def _visit(facts):
    if facts.last_visit_on is None:
        return _("no visit on record")
    return _("no visit for %(days)s") % {"days": _count_days(facts.days_since(facts.last_visit_on))}


def _mood(facts):
    days = _days_ago(facts.days_since(facts.mood_on))
    return _("a meeting that went badly (%(ago)s)") % {"ago": days}


def _late_action(facts):
    late, days = facts.late, _count_days(facts.days_since(facts.late.due_on))
    if late.count == 1:
        words = _("%(owner)s has the open action, %(days)s late")
    else:
        words = _("%(owner)s has one of %(count)d late actions, by %(days)s")
    words %= {"owner": late.owner, "days": days, "count": late.count}
    if late.rung < HIGH_RUNG:
        return words
    return _("%(late)s, and it went up to the %(rung)s") % {
        "late": words,
        "rung": Rung.Level(late.rung).label,
    }


def _contact(facts):
    if facts.last_contact_on is None:
        return _("no contact on record")
    ago = _days_ago(facts.days_since(facts.last_contact_on))
    return _("last contact %(ago)s") % {"ago": ago}


def _no_contact(facts):
    if facts.last_contact_on is None:
        return _("no contact on record")
    days = _count_days(facts.days_since(facts.last_contact_on))
    return _("no contact for %(days)s") % {"days": days}


def _answers(facts):
    score = facts.score
    if score is None or not score.people:
        return _("no survey answer")
    ago = _("still open") if score.is_open else _days_ago(facts.days_since(score.answered_on))
    if score.mean is None:
        said = ngettext("%(n)d person answered", "%(n)d people answered", score.people)
    elif score.low == score.high:
        said = ngettext(
            "%(n)d person rated us %(low)d",
            "%(n)d people rated us %(low)d",
            score.people,
        )
    elif score.people < SMALL_N:
        said = ngettext(
            "%(n)d person rated us %(low)d to %(high)d",
            "%(n)d people rated us %(low)d to %(high)d",
            score.people,
        )
    else:
        said = _("%(n)d people rated us %(mean)s of 5")
    said %= {"n": score.people, "low": score.low, "high": score.high, "mean": score.shown}
    return _("%(said)s in “%(wave)s”, %(ago)s") % {
        "said": said,
        "wave": score.wave,
        "ago": ago,
    }


def _stale(facts):
    if facts.score is not None and facts.score.people:
        age = _count_days(facts.days_since(facts.score.answered_on))
        answer = _("the last survey answer is %(days)s old") % {"days": age}
    else:
        answer = _("no survey answer")
    return _("%(contact)s and %(answer)s") % {"contact": _no_contact(facts), "answer": answer}


CLAUSES = {
    "not_fixed": _not_fixed,
    "low_rating": _low_rating,
    "low_mean": _low_mean,
    "visit": _visit,
    "open_rating": _rating,
    "mood": _mood,
    "stale": _stale,
}
