"""The charts of the home page, from figures that the queries brought."""

from django.utils.translation import gettext as _

from crm_portal import charts
from crm_portal.lib.figures import mean_or_range
from crm_portal.templatetags.portal import STATES
from feedback.models import Rung

STATE_WORDS = {state: word for state, (word, _css) in STATES.items()}
RUNG_CLASSES = {0: "unknown", 1: "watch", 2: "step-2", 3: "risk", 4: "risk"}


def of_office(found):
    """{name: Chart} of everything on the page that has a picture."""
    return {
        "states": charts.state_bar(
            found.states, words={s: word for s, (word, _css) in STATES.items()}
        ),
        "response": found.response and _response(found.response),
        "overdue": _overdue(found.overdue),
        "rungs": [(rung, rung_name(rung), count) for rung, count in found.overdue.items()],
        "fixed": charts.meter(
            found.loop.fixed,
            found.loop.told,
            label=_("%(fixed)d of %(told)d reported back are confirmed as fixed")
            % {"fixed": found.loop.fixed, "told": found.loop.told},
        ),
        "trend": found.outcomes and _trend(found.outcomes),
        "heat": found.heat and heat_map(found.heat),
    }


def _response(response):
    said = _("%(people)d of %(invited)d people answered “%(wave)s”") % {
        "people": response.people,
        "invited": response.invited,
        "wave": response.wave.title,
    }
    mark = None
    if response.before_share is not None:
        mark = response.before_share * response.invited
        said = _("%(said)s; the line: “%(wave)s” at that time, %(share)d%%") % {
            "said": said,
            "wave": response.before.title,
            "share": round(100 * response.before_share),
        }
    return charts.meter(response.people, response.invited, mark=mark, label=said)


def rung_name(rung):
    return str(Rung.Level(rung).label) if rung else _("nobody told yet")


def _overdue(counts):
    parts = [(rung_name(rung), counts[rung], RUNG_CLASSES[rung]) for rung in sorted(counts)]
    said = ", ".join(f"{word}: {count}" for word, count, _css in parts)
    return charts.stacked_bar(parts, label=said or _("No action is late"))


def _trend(outcomes):
    points, before = [], None
    for one in outcomes:
        same = before is None or bool(one.lineages & before)
        points.append(
            charts.Point(
                str(one.wave.opens_on.year),
                one.mean,
                one.people,
                one.low,
                one.high,
                is_break=not same,
                note="" if same else _("other questions"),
            )
        )
        before = one.lineages
    said = _("Mean of all ratings: %(values)s") % {
        "values": ", ".join(f"{p.label} {p.value:.1f}" for p in points if p.value is not None)
    }
    return charts.trend(points, low=1, high=5, label=said)


def heat_map(heat):
    """{"columns", "rows", "caption"} of the coloured table."""
    return {
        "caption": _("“%(wave)s”: mean rating, and from how many people")
        % {"wave": heat.wave.title},
        "columns": heat.topics,
        "rows": [
            {
                "label": row.name,
                "url": f"/agencies/{row.pk}/?show=answers",
                "cells": [_cell(cell) for cell in cells],
            }
            for row, cells in heat.lines
        ],
    }


def _cell(cell):
    if cell is None:
        return {"text": "–", "n": 0, "css": charts.heat_class(None, low=1, high=5)}
    mean, n, low, high = cell
    return {
        "text": mean_or_range(mean, n, low, high),
        "n": n,
        "css": charts.heat_class(mean, low=1, high=5),
    }


def agency_trend(trend):
    """{"chart", "rows"}: an agency's own means beside everybody's; None without any."""
    if not trend:
        return None
    own = [mean for _wave, mean, _count, _all in trend]
    everybody = [mean for _wave, _own, _count, mean in trend]
    said = ", ".join(f"{w.title}: {mean:.1f}" for w, mean, _count, _all in trend if mean)
    return {
        "chart": charts.sparkline(own, compare=everybody, low=1, high=5, label=said),
        "rows": [
            (wave.title, _one_decimal(mean), count, _one_decimal(all_mean))
            for wave, mean, count, all_mean in trend
        ],
    }


def _one_decimal(mean):
    return "–" if mean is None else f"{mean:.1f}"
