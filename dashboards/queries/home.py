"""The first screen of those who answer for the whole office."""

from dataclasses import dataclass, field

from django.db.models import Count, Value
from django.utils.translation import gettext as _

from accounts import office
from accounts.readers import Reader
from crm_portal.lib.worded import worded_once
from dashboards.queries import roster, waves
from feedback.models import Action, Concern, ReportBack, was_due_before
from feedback.queries import lists
from surveys.models import Wave

CALLS = 8
HEAT_ROWS = 12
NAMED = 4


@dataclass
class Response:
    """How the open wave, or else the last one, is answered; and where the one before stood."""

    wave: Wave
    invited: int
    people: int
    before: Wave | None = None
    before_share: float | None = None

    @property
    def is_open(self):
        return self.wave.state == Wave.State.OPEN

    @property
    def words(self):
        """How far that is, and how far the one before was on the same day."""
        if not self.invited:
            return _("Nobody has been invited yet.")
        share = round(100 * self.people / self.invited)
        if self.before is None or self.before_share is None:
            return _("%(share)d%% so far") % {"share": share}
        then = round(100 * self.before_share)
        words = _("%(share)d%%; “%(wave)s” stood at %(then)d%% on the same day")
        if not self.is_open:
            words = _("%(share)d%%; “%(wave)s” ended at %(then)d%%")
        return words % {"share": share, "wave": self.before.title, "then": then}


@dataclass
class Loop:
    """Where concerns stand, and what those who were told of the outcome in the last year say."""

    new: int = 0
    in_work: int = 0
    untold: int = 0
    fixed: int = 0
    not_fixed: int = 0
    waiting: int = 0

    @property
    def told(self):
        return self.fixed + self.not_fixed + self.waiting


@dataclass
class Gap:
    """Something that is missing, with the rows where it is."""

    name: str
    rows: list = field(default_factory=list)

    @property
    def title(self):
        return roster.GAP_TITLES[self.name]

    @property
    def named(self):
        return self.rows[:NAMED]

    @property
    def others(self):
        return len(self.rows) - len(self.named)


@dataclass
class Office:
    """Everything on the page. Numbers are counts of the rows that their links open."""

    rows: list
    states: dict
    calls: list
    gaps: list
    overdue: dict
    loop: Loop
    outcomes: list
    response: Response | None
    heat: "Heat | None"

    @property
    def late(self):
        return sum(self.overdue.values())


@dataclass
class Heat:
    """Agencies × topics of one wave, the worst first: (row, [(mean, n, lowest, highest), …]).

    A topic of which nobody there said anything has None."""

    wave: Wave
    topics: list
    lines: list
    total: int


def of_office(user, *, now):
    """The Office as this user sees it."""
    today = office.local_date(now)
    rows, evidence = roster.everybody(user, now=now, ratings_of=waves.kept_ratings)
    opened = waves.with_questions(waves.opened())
    outcomes = waves.outcomes(opened, evidence)
    overdue = overdue_by_rung(user, today)
    return Office(
        rows=rows,
        states=roster.by_state(rows),
        calls=calls(rows, today),
        gaps=[Gap(name, roster.choose(rows, gap=name)) for name in roster.GAPS],
        overdue=overdue,
        loop=loop(user, today),
        outcomes=outcomes,
        response=response(outcomes, now),
        heat=heat(opened, evidence, rows, most=HEAT_ROWS),
    )


def calls(rows, today):
    """Whom to call today: the worst first; not those whom somebody has reached today."""
    waiting = [
        row for row in rows if row.standing.state != "good" and row.facts.last_contact_on != today
    ]
    return sorted(waiting, key=roster.SORTS["call"])[:CALLS]


def overdue_by_rung(user, today):
    """{rung: how many late actions}; 0 for those on no rung yet."""
    late_before = office.calendar().late_before(today)
    return dict(_overdue_by_rung(Reader.of(user), late_before=late_before))


@worded_once
def _overdue_by_rung(reader, *, late_before):
    late = Action.objects.visible_to(reader.user).open().filter(was_due_before(late_before))
    rungs = late.with_rung().order_by().values_list("rung")
    return rungs.annotate(count=Count("pk")).order_by("rung")


def loop(user, today):
    counts = dict(_loop(Reader.of(user), since=lists.verdicts_since(today)))
    return Loop(**{name or "waiting": count for name, count in counts.items()})


@worded_once
def _loop(reader, *, since):
    """(verdict, how many), and the same of those who have given none yet, by what is missing."""
    rows = Concern.objects.visible_to(reader.user).order_by()
    missing = {"new": rows.undisposed(), "in_work": rows.in_work(), "untold": rows.untold()}
    last_words = ReportBack.objects.visible_to(reader.user).current().filter(asked_at__gte=since)
    verdicts = last_words.order_by().values_list("verdict").annotate(count=Count("pk"))
    counts = [
        rows.values_list(Value(name)).annotate(count=Count("pk")) for name, rows in missing.items()
    ]
    return verdicts.union(*counts, all=True)


def response(outcomes, now):
    """Of the newest open wave, else of the last one; None before the first."""
    if not outcomes:
        return None
    is_open = [one.wave.state == Wave.State.OPEN for one in outcomes]
    at = max((i for i, yes in enumerate(is_open) if yes), default=len(outcomes) - 1)
    found = Response(outcomes[at].wave, outcomes[at].invited, outcomes[at].people)
    before = next((one for one in outcomes[:at][::-1] if one.invited), None)
    if before is not None:
        found.before = before.wave
        people = before.people
        if found.is_open:
            people = waves.answered_by(before.wave, now - found.wave.opened_at)
        found.before_share = people / before.invited
    return found


def heat(opened, evidence, rows, *, most):
    """Of the last finished wave with answers, else of the open one."""
    finished = [wave for wave in opened if wave.state != Wave.State.OPEN]
    for wave in [*finished[::-1], *opened[::-1]]:
        scored = [row for row in rows if (wave.pk, row.pk) in evidence.answered]
        if scored:
            break
    else:
        return None

    def mean(row):
        total, count, *_span = evidence.answered[wave.pk, row.pk]
        return total / count

    worst = sorted(scored, key=lambda row: (mean(row), row.name))[:most]
    cells = waves.by_topic(wave, [row.pk for row in worst])
    lines = [(row, [cells.get((row.pk, topic.pk)) for topic in wave.rated]) for row in worst]
    return Heat(wave, [topic.topic for topic in wave.rated], lines, len(scored))


def whole_heat(user, *, now):
    """The Heat of every agency that the user sees."""
    rows, evidence = roster.everybody(user, now=now, ratings_of=waves.kept_ratings)
    return heat(waves.with_questions(waves.opened()), evidence, rows, most=len(rows))
