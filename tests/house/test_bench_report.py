"""What docs/performance.md says: which promise is met, which is missed, and by how much."""

from argparse import Namespace
from dataclasses import replace

import pytest

from bench import report
from bench.goals import GOALS
from bench.measure import Line

OPTIONS = Namespace(long=False, seconds=3.0, seed=1, sizes=["small", "big"])
FLOORS = {key for goal in GOALS for key in goal.floor}
OPERATIONS = {key for goal in GOALS for key in goal.lines}


def line(key, size):
    """As good as a floor, with nobody else about."""
    return Line(key, "a page", size, 100, p50=10.0, p95=12.0, cpu=10.0, sql=2, rate=90.0,
                rate8=180.0, p50_at_8=40.0, kilobytes=30.0, megabytes=100.0, others=0.0,
                sessions=1)  # fmt: skip


@pytest.fixture
def lines():
    keys = sorted(FLOORS | OPERATIONS)
    return {(key, size): line(key, size) for key in keys for size in ("small", "big")}


def told(lines):
    return report.document(list(lines.values()), OPTIONS, minutes=5)


def test_a_fast_portal_keeps_every_promise(lines):
    text = told(lines)
    assert "**missed**" not in text
    assert all(goal.name in text for goal in GOALS)


@pytest.mark.parametrize(
    ("key", "figures", "said"),
    [
        ("G1", {"p50": 100.0}, "| p50 ÷ floor ≤ 5 | 10 | **missed**, 2.00 × the limit |"),
        ("G1", {"cpu": 75.0}, "| CPU ÷ floor ≤ 5 | 7.5 | **missed**, 1.50 × the limit |"),
        ("G7", {"sql": 30}, "| SQL ≤ 20 | 30 | **missed**, 1.50 × the limit |"),
        ("G7", {"p50": 26.0}, "| growth of p50 ≤ 1.3 | 2.6 | **missed**, 2.00 × the limit |"),
        ("G8", {"rate": 30.0}, "| rate ÷ floor ≥ 0.5 | 0.33 | **missed**, 1.50 × the limit |"),
        ("G8", {"sessions": 20}, "| SMTP sessions ≤ 10 | 20 | **missed**, 2.00 × the limit |"),
    ],
)
def test_a_slow_operation_misses_its_promise(lines, key, figures, said):
    lines[key, "big"] = replace(lines[key, "big"], **figures)
    text = told(lines)
    assert said in text
    assert text.count("**missed**") == text.count("× the limit") > 0


def test_clocks_are_not_judged_while_others_use_the_machine(lines):
    lines["G1", "big"] = replace(lines["G1", "big"], p50=100.0, others=0.5)
    text = told(lines)
    assert "**missed**" not in text
    assert "Others used the machine meanwhile" in text
