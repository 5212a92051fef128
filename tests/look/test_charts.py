"""Charts say the figures that they are given, escape what people wrote, and survive no figures."""

import re
from xml.etree import ElementTree

from crm_portal import charts
from crm_portal.charts import Point

WORDS = {"good": "Good", "watch": "Watch", "at_risk": "At risk", "unknown": "Unknown"}


def drawn(svg):
    """The drawing as a tree: proof that it is well-formed."""
    return ElementTree.fromstring(str(svg))


def attributes(svg):
    return {name for node in drawn(svg).iter() for name in node.attrib}


def examples():
    points = [Point("2024", 3.1, 48, 2.8, 3.4), Point("2025", None), Point("2026", 4.0, 50)]
    return [
        charts.state_bar({"good": 3, "unknown": 1}, words=WORDS),
        charts.stacked_bar([("a", 1, "good")], label="one"),
        charts.meter(3, 4, mark=2, label="3 of 4"),
        charts.trend(points, low=1, high=5, label="Means"),
        charts.pace([(0, 0), (3, 5)], [(0, 0), (3, 4)], days=10, total=9, label="Pace"),
        charts.distribution((("1", 2), ("5", 3)), label="Spread"),
        charts.sparkline([1, None, 3], low=1, high=5, label="Rising"),
    ]


def test_every_chart_is_an_image_with_a_label():
    for chart in examples():
        root = drawn(chart)
        assert (root.tag, root.get("role")) == ("svg", "img")
        assert root.get("aria-label")


def test_no_chart_carries_a_style_or_a_handler():
    for chart in examples():
        assert {a for a in attributes(chart) if a == "style" or a.startswith("on")} == set()


def test_shares_of_a_stacked_bar_add_up_to_the_whole():
    chart = charts.stacked_bar([("a", 1, "good"), ("b", 3, "risk")], label="x")
    pieces = [(node.get("class"), node.get("x")) for node in drawn(chart)]
    assert pieces == [("good", "0"), ("risk", "25")]
    assert chart.rows == (("a", 1, "25%"), ("b", 3, "75%"))


def test_state_bar_without_a_label_says_its_figures():
    chart = charts.state_bar({"good": 3, "at_risk": 1}, words=WORDS)
    assert chart.label == "Good: 3, Watch: 0, At risk: 1, Unknown: 0"


def test_charts_of_nothing_are_empty_tracks():
    assert [n.get("class") for n in drawn(charts.state_bar({}, words=WORDS))] == ["track"]
    assert "NaN" not in str(charts.meter(0, 0, mark=0, label="none"))
    assert list(drawn(charts.sparkline([], low=1, high=5, label="none"))) == []
    assert charts.trend([], low=1, high=5, label="none").rows == []
    drawn(charts.pace([], [], days=0, total=0, label="none"))


def test_a_meter_stays_inside_its_track():
    fill = drawn(charts.meter(9, 4, mark=9, label="9 of 4")).find("rect[@class='fill']")
    assert fill.get("width") == "100"


def test_a_trend_breaks_where_a_wave_has_no_value_and_where_the_scale_changed():
    def lines(*points):
        chart = charts.trend(list(points), low=1, high=5, label="x")
        return len(drawn(chart).findall("line[@class='line']"))

    first, second, third = Point("a", 2.0, 9), Point("b", 3.0, 9), Point("c", 4.0, 9)
    assert lines(first, second, third) == 2
    assert lines(first, Point("b", None), third) == 0
    assert lines(first, second, Point("c", 4.0, 9, is_break=True)) == 1


def test_a_trend_shows_n_and_range_in_its_table():
    chart = charts.trend([Point("2026", 3.62, 48, 3.4, 3.9)], low=1, high=5, label="x")
    assert chart.rows == [("2026", "3.6", "3.4–3.9", 48, "")]
    assert "n = 48" in str(chart)


def test_labels_are_escaped():
    evil = '"><script>alert(1)</script>'
    for chart in (
        charts.meter(1, 2, label=evil),
        charts.trend([Point(evil, 3.0, 1)], low=1, high=5, label=evil),
        charts.stacked_bar([(evil, 1, "good")], label=evil),
        charts.sparkline([1, 2], low=1, high=5, label=evil),
    ):
        assert "<script" not in str(chart)
        assert drawn(chart).get("aria-label") == evil


def test_distribution_colours_run_from_worst_to_best():
    chart = charts.distribution(tuple((str(n), 1) for n in range(11)), label="0 to 10")
    steps = re.findall(r"step-\d", str(chart))
    assert (steps[0], steps[5], steps[-1]) == ("step-1", "step-3", "step-5")


def test_heat_class_has_five_steps_and_one_for_nothing():
    values = (None, 1, 2, 3, 4, 5, 9)
    assert [charts.heat_class(v, low=1, high=5) for v in values] == [
        "heat-none", "heat-1", "heat-2", "heat-3", "heat-4", "heat-5", "heat-5",
    ]  # fmt: skip
