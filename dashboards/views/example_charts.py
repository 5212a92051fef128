"""Made-up figures for the component page."""

from crm_portal import charts
from crm_portal.charts import Point
from crm_portal.templatetags.portal import STATES

TOPICS = ["Business", "Reliability", "Speed", "Security", "Price"]
MEANS = {
    "Revenue": [2.1, 3.4, 2.8, 4.4, None],
    "Corrections": [3.1, 3.9, 3.3, 4.6, 2.9],
    "Agriculture": [4.6, 4.2, 4.4, 4.8, 3.7],
}


def example_charts():
    """One chart of each kind."""
    words = {state: word for state, (word, _css) in STATES.items()}
    return {
        "states": charts.state_bar(
            {"good": 31, "watch": 14, "at_risk": 6, "unknown": 9}, words=words
        ),
        "meter": charts.meter(96, 151, mark=88, label="96 of 151 people; last wave 88"),
        "rungs": charts.stacked_bar(
            [("owner", 6, "watch"), ("lead", 4, "step-2"), ("CIO", 2, "risk")],
            label="6 at the owner, 4 at the lead, 2 at the state CIO",
        ),
        "fixed": charts.meter(36, 88, label="36 of 88 confirmed as fixed"),
        "trend": charts.trend(
            [
                Point("2022", 3.1, 48, 2.8, 3.4),
                Point("2023", 3.4, 71, 3.2, 3.6),
                Point("2024", None),
                Point("2025", 3.9, 102, 3.8, 4.0, is_break=True, note="new scale"),
                Point("2026", 3.6, 96, 3.4, 3.8),
            ],
            low=1,
            high=5,
            label="Mean satisfaction 2022 to 2026: 3.1, 3.4, none, 3.9, 3.6",
        ),
        "pace": charts.pace(
            [(0, 0), (2, 22), (5, 41), (9, 70), (12, 96)],
            [(0, 0), (2, 10), (5, 34), (9, 61), (12, 88), (21, 120)],
            days=21,
            total=151,
            label="96 of 151 after 12 days, 88 in the last wave",
        ),
        "distribution": charts.distribution(
            (("1", 6), ("2", 14), ("3", 22), ("4", 36), ("5", 18)), label="6, 14, 22, 36, 18"
        ),
        "spark": charts.sparkline(
            [3.1, 2.9, None, 2.4, 2.1], compare=[3.2, 3.4, 3.4, 3.7, 3.6], low=1, high=5,
            label="Falling from 3.1 to 2.1; all together rose to 3.6",
        ),
    }  # fmt: skip


def example_heat():
    """A heat map's rows, worst first."""
    return {
        "columns": TOPICS,
        "rows": [
            {
                "label": label,
                "url": "#",
                "cells": [
                    {
                        "text": "–" if mean is None else mean,
                        "n": 0 if mean is None else 7,
                        "css": charts.heat_class(mean, low=1, high=5),
                    }
                    for mean in means
                ],
            }
            for label, means in MEANS.items()
        ],
    }
