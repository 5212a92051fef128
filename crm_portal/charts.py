"""Small pictures drawn on the server: pure functions from figures to SVG.

Every picture comes as a `Chart`: `{{ chart }}` shows the drawing with its label;
`{% include "_components/chart.html" %}` adds the caption and the same figures as a table.
Colours are classes (static/scss/_charts.scss), so dark, print and high contrast follow.
Widths are percentages, so that text keeps its size on a phone.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

# Class and word of each state, worst last: the order of the stacked bar.
STATE_CLASSES = {"good": "good", "watch": "watch", "at_risk": "risk", "unknown": "unknown"}


@dataclass(frozen=True)
class Chart:
    """A drawing, what it says in one sentence, and its figures as a table."""

    svg: str
    label: str
    head: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()

    def __str__(self):
        return self.svg


@dataclass(frozen=True)
class Point:
    """One wave on a trend: the value, from how many, and the range it may as well have been.

    `is_break`: the question's scale changed here, so no line leads to this point.
    """

    label: str
    value: float | None
    n: int = 0
    low: float | None = None
    high: float | None = None
    is_break: bool = False
    note: str = field(default="")


def _figure(number):
    """Coordinates: short, and with a point whatever the language."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _svg(label, content, *, css, height, view=""):
    return format_html(
        '<svg class="chart {}" width="100%" height="{}"{} role="img" aria-label="{}">{}</svg>',
        css,
        height,
        format_html(' viewBox="{}" preserveAspectRatio="none"', view) if view else "",
        label,
        content,
    )


def _bar(css, width):
    return format_html('<rect class="{}" x="0" y="0" width="{}" height="10"/>', css, _figure(width))


def stacked_bar(parts, *, label):
    """Shares of one whole: `parts` are (word, count, class). Parts of nothing draw nothing."""
    total = sum(count for _word, count, _css in parts)
    pieces, x = [], 0.0
    for _word, count, css in parts:
        width = 100 * count / total if total else 0
        # A hairline between the parts, unless the part is thinner than two of them.
        pieces.append((css, _figure(x), _figure(max(width - 0.4, 0) if width > 0.8 else width)))
        x += width
    drawn = format_html_join(
        "",
        '<rect class="{}" x="{}" y="0" width="{}" height="10"/>',
        (p for p in pieces if p[2] != "0"),
    )
    if not total:
        drawn = _bar("track", 100)
    rows = tuple((word, count, share_words(count, total)) for word, count, _css in parts)
    svg = _svg(label, drawn, css="chart-bar", height=14, view="0 0 100 10")
    return Chart(svg, label, ("", _("Number"), _("Share")), rows)


def share_words(count, total):
    """A share in words: "31%", or a dash of nothing."""
    return f"{round(100 * count / total)}%" if total else "–"


def state_bar(counts: Mapping[str, int], *, words: Mapping[str, str], label=None):
    """How many relationships are in which state."""
    parts = [(str(words[s]), counts.get(s, 0), css) for s, css in STATE_CLASSES.items()]
    said = label or ", ".join(f"{word}: {count}" for word, count, _css in parts)
    return stacked_bar(parts, label=said)


def meter(value, total, *, label, mark=None):
    """How much of a whole is reached; `mark` is where the comparison stood, on the same scale."""
    share = 100 * value / total if total else 0
    drawn = [_bar("track", 100), _bar("fill", min(share, 100))]
    if mark is not None and total:
        at = _figure(min(100 * mark / total, 99.5))
        drawn.append(
            format_html(
                '<line class="mark" x1="{0}" x2="{0}" y1="0" y2="10" '
                'vector-effect="non-scaling-stroke"/>',
                at,
            )
        )
    content = format_html_join("", "{}", ((piece,) for piece in drawn))
    return Chart(_svg(label, content, css="chart-bar", height=14, view="0 0 100 10"), label)


def _scaled(value, low, high):
    """0 at `low`, 100 at `high`; what lies outside stays at the edge."""
    return 100 * (min(max(value, low), high) - low) / (high - low)


def _runs(values):
    """Stretches of values without a gap, as lists of (index, value)."""
    runs, run = [], []
    for index, value in enumerate(values):
        if value is None:
            runs.append(run)
            run = []
        else:
            run.append((index, value))
    return [run for run in [*runs, run] if run]


def sparkline(values, *, low, high, label, compare=()):
    """The course of a few values, without axes; `compare` is drawn behind it, dashed."""
    content = []
    for css, series in (("line-2", list(compare)), ("line", list(values))):
        step = 90 / max(len(series) - 1, 1)
        for run in _runs(series):
            points = [(3 + step * i, 25 - 0.22 * _scaled(v, low, high)) for i, v in run]
            text = " ".join(f"{_figure(x)},{_figure(y)}" for x, y in points)
            content.append(format_html('<polyline class="{}" points="{}"/>', css, text))
            if css == "line" and run[-1][0] == len(series) - 1:
                x, y = points[-1]
                content.append(
                    format_html(
                        '<circle class="dot" cx="{}" cy="{}" r="3"/>', _figure(x), _figure(y)
                    )
                )
    return format_html(
        '<svg class="chart-spark chart" viewBox="0 0 96 28" width="96" height="28" role="img" '
        'aria-label="{}">{}</svg>',
        label,
        format_html_join("", "{}", ((piece,) for piece in content)),
    )


LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 7, 96, 14, 150, 190


def _x(index, count):
    return (LEFT + RIGHT) / 2 if count == 1 else LEFT + 4 + (RIGHT - LEFT - 8) * index / (count - 1)


def _y(value, low, high):
    return BOTTOM - (BOTTOM - TOP) * _scaled(value, low, high) / 100


def _axis(low, high, ticks):
    return format_html_join(
        "",
        '<line class="axis" x1="{0}%" x2="100%" y1="{1}" y2="{1}"/><text x="0" y="{2}">{3}</text>',
        ((LEFT, _figure(_y(t, low, high)), _figure(_y(t, low, high) + 4), t) for t in ticks),
    )


def trend(points: Sequence[Point], *, low, high, label, ticks=()):
    """A value over the waves with its range and the number of answers under each point."""
    count = len(points)
    content = [_axis(low, high, ticks or range(int(low), int(high) + 1))]
    previous = None
    for index, point in enumerate(points):
        x = _figure(_x(index, count))
        content.append(
            format_html('<text x="{}%" y="168" text-anchor="middle">{}</text>', x, point.label)
        )
        if point.value is None:
            previous = None
            continue
        y = _figure(_y(point.value, low, high))
        if previous and not point.is_break:
            content.append(
                format_html(
                    '<line class="line" x1="{}%" y1="{}" x2="{}%" y2="{}"/>', *previous, x, y
                )
            )
        content.append(_point(point, x, y, low, high))
        previous = (x, y)
    svg = _svg(
        label,
        format_html_join("", "{}", ((piece,) for piece in content)),
        css="chart-trend",
        height=HEIGHT,
    )
    rows = [(p.label, _value(p.value), _range(p), p.n, p.note) for p in points]
    return Chart(svg, label, (_("Wave"), _("Value"), _("Range"), _("Answers"), ""), rows)


def _point(point, x, y, low, high):
    """Range, dot, value and n of one point."""
    span = ""
    if point.low is not None and point.high is not None:
        span = format_html(
            '<line class="range" x1="{0}%" x2="{0}%" y1="{1}" y2="{2}"/>',
            x,
            _figure(_y(point.low, low, high)),
            _figure(_y(point.high, low, high)),
        )
    return format_html(
        '{0}<circle class="dot" cx="{1}%" cy="{2}" r="4.5"/>'
        '<text class="strong" x="{1}%" dx="9" y="{3}">{4}</text>'
        '<text x="{1}%" y="184" text-anchor="middle">{5}</text>',
        span,
        x,
        y,
        _figure(float(y) - 7),
        _value(point.value),
        _("n = %(n)s") % {"n": point.n},
    )


def _value(value):
    return "–" if value is None else f"{value:.1f}"


def _range(point):
    if point.low is None or point.high is None:
        return "–"
    return f"{point.low:.1f}–{point.high:.1f}"


def pace(current, previous=(), *, days, total, label):
    """Answers as the days of a wave go by: (day, count) pairs; `previous` is the last wave's."""
    total = max(total, 1)
    content = [_axis(0, total, sorted({0, round(total / 2), total}))]
    lines = []
    for css, series in (("line-2", previous), ("line", current)):
        text = " ".join(
            f"{_figure(100 * day / max(days, 1))},{_figure(100 - _scaled(count, 0, total))}"
            for day, count in series
        )
        if text:
            lines.append((css, text))
    drawn = format_html_join(
        "",
        '<polyline class="{}" points="{}" vector-effect="non-scaling-stroke"/>',
        lines,
    )
    content.append(
        format_html(
            '<svg x="{}%" y="{}" width="{}%" height="{}" viewBox="0 0 100 100" '
            'preserveAspectRatio="none">{}</svg>',
            LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP, drawn,
        )
    )  # fmt: skip
    ends = [
        (LEFT, "start", _("day %(n)s") % {"n": 0}),
        (RIGHT, "end", _("day %(n)s") % {"n": days}),
    ]
    content += [
        format_html('<text x="{}%" y="168" text-anchor="{}">{}</text>', *end) for end in ends
    ]
    svg = _svg(
        label,
        format_html_join("", "{}", ((piece,) for piece in content)),
        css="chart-trend",
        height=HEIGHT - 14,
    )
    before = dict(previous)
    rows = [(day, count, before.get(day, "–")) for day, count in current]
    return Chart(svg, label, (_("Day"), _("Answers"), _("Last wave")), rows)


@functools.lru_cache(1000)
def distribution(counts: tuple[tuple[str, int], ...], *, label):
    """How answers are spread over a scale, lowest first: five steps of colour."""
    last = max(len(counts) - 1, 1)
    parts = [
        (word, count, f"step-{1 + round(4 * place / last)}")
        for place, (word, count) in enumerate(counts)
    ]
    return stacked_bar(parts, label=label)


def heat_class(value, *, low, high):
    """The colour class of a cell in a heat map: five steps, or none without a value."""
    if value is None:
        return "heat-none"
    return f"heat-{1 + min(int(_scaled(value, low, high) / 20), 4)}"
