"""What we promise of each operation, as a ratio to the floors of the same run.

A goal holds when the time of one request at a time (p50) and its CPU time are both within its
factor of the floor's, its statements within their limit, and ten times the data within its
growth. While others use the machine, clocks are not judged; CPU time is.
"""

from dataclasses import dataclass, field

from bench.measure import QUIET


@dataclass(frozen=True)
class Goal:
    """`floor`: {key of a floor: how often}. `lines`: the keys of the operations that must hold.

    `statements`: the most per request, `growth`: the most that ten times the data may cost.
    """

    key: str
    name: str
    lines: tuple
    floor: dict = field(default_factory=dict)
    factor: float = 0
    # "time": at most the factor; "rate" and "rate8": at least, of what is done in a second.
    kind: str = "time"
    statements: float | None = None
    growth: float | None = None
    growth_of_memory: float | None = None
    # Where no floor exists.
    megabytes: float | None = None
    seconds: float | None = None
    sessions: int | None = None
    # At which size of data these limits hold; the ratios hold at the big one.
    statements_of: str = "big"


NAMES = {
    "p50": "p50", "cpu": "CPU", "megabytes": "memory", "rate": "rate", "rate8": "rate, 8 at once",
}  # fmt: skip
GOALS = [
    Goal("G1", "list of agencies, 25 on a page", ("G1",), {"F2": 1}, 5, statements=10, growth=1.2),
    Goal("G1a", "no more statements for 100 on a page", ("G1/100",), statements=10),
    Goal("G1b", "200 agencies on one page", ("G1b",), {"F3": 1}, 2, statements=10),
    Goal("G2", "one agency's page", ("G2",), {"F4": 1}, 7, statements=15, growth=1.2),
    Goal("G2b", "all 200 meetings of an agency", ("G2b",), {"F5": 1}, 2, statements=10),
    Goal("G3", "log a meeting", ("G3",), {"F6": 1, "F1": 1, "F0": -1}, 5, statements=15),
    Goal("G4", "survey page, 12 questions", ("G4",), {"F7": 1}, 2.5, statements=5),
    # One of them keeps the wave from ending under it.
    Goal("G5", "submit of 12 answers", ("G5",), {"F8": 1}, 3, statements=11),
    Goal("G5c", "submits a second, 8 at once on one survey", ("G5",), {"F8": 1}, 0.4, "rate8"),
    Goal("G6", "results of 100,000 responses, all and of one agency", ("G6", "G6/agency"),
         {"F9": 1}, 3, statements=10, growth=1.2),
    Goal("G6m", "a worker's peak memory after it", ("G6m",), megabytes=177),
    Goal("G6x", "export of 10,000 responses as CSV, streamed", ("G6x",), statements=20,
         statements_of="small", seconds=3.5, growth=12, growth_of_memory=1.2),
    Goal("G7", "chief customer officer's home", ("G7",), {"F10": 1}, 5, statements=20, growth=1.3),
    Goal("G8", "1,000 reminders over SMTP", ("G8",), {"FM": 1}, 0.5, "rate", statements=3,
         sessions=10),
    Goal("G9", "finding what is due among 100,000", ("G9", "G9/survey", "G9/reminded"),
         {"FP": 1}, 10, statements=5),
]  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One promise of a goal. `over`: how many times the limit it is, above 1 when missed."""

    what: str
    limit: str
    measured: str
    over: float

    @property
    def holds(self):
        return self.over <= 1


def checks(goal, lines):
    """Every Check of one goal, of its worst operation each. `lines`: {(key, size): Line}."""
    return [*_floors(goal, lines), *_limits(goal, lines), *_growth(goal, lines)]


def _floors(goal, lines):
    """Against the floors: time and CPU time, or what is done in a second."""
    if not goal.floor:
        return
    quiet = is_quiet(lines[key, "big"] for key in [*goal.lines, *goal.floor])
    if goal.kind == "time":
        for figure in ("p50", "cpu") if quiet else ("cpu",):
            worst = max(getattr(lines[key, "big"], figure) for key in goal.lines)
            yield _most(
                f"{NAMES[figure]} ÷ floor", goal.factor, worst / _floor(goal, lines, figure)
            )
        return
    figure = goal.kind if quiet else "cpu"
    ratio = getattr(lines[goal.lines[0], "big"], figure) / _floor(goal, lines, figure)
    # What takes half the CPU time can be done twice as often.
    ratio = ratio if quiet else 1 / ratio
    yield Check(
        f"{NAMES[figure]} ÷ floor", f"≥ {goal.factor:g}", f"{ratio:.2f}", goal.factor / ratio
    )


def _floor(goal, lines, figure):
    return sum(times * getattr(lines[key, "big"], figure) for key, times in goal.floor.items())


def _limits(goal, lines):
    """Limits that stand by themselves."""
    ours = [lines[key, goal.statements_of] for key in goal.lines]
    limits = [
        ("SQL", goal.statements, "sql", 1),
        ("seconds", goal.seconds, "p50", 1000),
        ("MB", goal.megabytes, "megabytes", 1),
        ("SMTP sessions", goal.sessions, "sessions", 1),
    ]
    for what, limit, figure, unit in limits:
        if limit is not None:
            yield _most(what, limit, max(getattr(line, figure) for line in ours) / unit)


def _growth(goal, lines):
    """Big data over small."""
    if goal.growth is None and goal.growth_of_memory is None:
        return
    pairs = [(lines[key, "small"], lines[key, "big"]) for key in goal.lines]
    quiet = is_quiet(line for pair in pairs for line in pair)
    limits = [(goal.growth, "p50") if quiet else (None, ""), (goal.growth, "cpu")]
    for limit, figure in [*limits, (goal.growth_of_memory, "megabytes")]:
        if limit is not None:
            worst = max(getattr(big, figure) / getattr(small, figure) for small, big in pairs)
            yield _most(f"growth of {NAMES[figure]}", limit, worst)


def is_quiet(lines):
    """Whether clocks may be judged."""
    return all(line.others is None or line.others <= QUIET for line in lines)


def _most(what, limit, measured):
    return Check(what, f"≤ {limit:g}", f"{measured:.3g}", measured / limit)
