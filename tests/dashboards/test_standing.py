"""The rules as a table: from facts to the state and the sentence."""

import datetime as dt

import pytest

from dashboards.standing import Facts, LateAction, LowRating, Score, judge

TODAY = dt.date(2027, 3, 3)


def ago(days):
    return TODAY - dt.timedelta(days=days)


def facts(**changes):
    """An agency that was visited and answered lately, and has nothing open."""
    usual = {
        "today": TODAY,
        "visit_days": 180,
        "contact_days": 180,
        "last_contact_on": ago(12),
        "last_visit_on": ago(30),
        "score": score(4, 4, 5),
    }
    return Facts(**usual | changes)


def score(*ratings, days=100):
    return Score(
        "2026 survey",
        ago(days),
        len(ratings),
        sum(ratings),
        len(ratings),
        min(ratings),
        max(ratings),
    )


def late(days=9, rung=1, count=1):
    return LateAction("Dana Ortiz", ago(days), rung, count)


def low(rating=2, *, is_disposed=False, is_late=False):
    return LowRating(rating, "they understand our business", ago(12), is_disposed, is_late)


SILENT = {"last_contact_on": ago(214), "last_visit_on": ago(214), "score": None}

TABLE = [
    # ---- good
    (
        {},
        "good",
        "Last contact 12 days ago; 3 people rated us 4.3 of 5 in “2026 survey”, 100 days ago",
    ),
    (
        {"score": score(4, 5)},
        "good",
        "Last contact 12 days ago; 2 people rated us 4 to 5 in “2026 survey”, 100 days ago",
    ),
    ({"score": None}, "good", "Last contact 12 days ago; no survey answer"),
    ({"last_visit_on": ago(180)}, "good", None),
    ({"mood": 2, "mood_on": ago(181)}, "good", None),
    ({"mood": 3, "mood_on": ago(1)}, "good", None),
    # A few people claim nothing about the average.
    ({"score": score(1, 1)}, "good", None),
    # ---- watch
    ({"last_visit_on": ago(181)}, "watch", "No visit for 181 days"),
    ({"last_visit_on": None}, "watch", "No visit on record"),
    ({"late": late()}, "watch", "Dana Ortiz has the open action, 9 days late"),
    ({"late": late(days=1)}, "watch", "Dana Ortiz has the open action, 1 day late"),
    ({"late": late(count=3)}, "watch", "Dana Ortiz has one of 3 late actions, by 9 days"),
    ({"low": low(3)}, "watch", "A 3 on “they understand our business”"),
    ({"low": low(2, is_disposed=True)}, "watch", "A 2 on “they understand our business”"),
    ({"mood": 2, "mood_on": ago(20)}, "watch", "A meeting that went badly (20 days ago)"),
    (
        {"last_visit_on": ago(214), "low": low(3, is_disposed=True), "late": late()},
        "watch",
        "No visit for 214 days and a 3 on “they understand our business”; "
        "Dana Ortiz has the open action, 9 days late",
    ),
    # ---- at risk
    (
        {"low": low()},
        "at_risk",
        "A 2 on “they understand our business” that nobody has answered for 12 days",
    ),
    (
        {"low": low(is_disposed=True, is_late=True), "last_visit_on": ago(214), "late": late()},
        "at_risk",
        "A 2 on “they understand our business” and no visit for 214 days; "
        "Dana Ortiz has the open action, 9 days late",
    ),
    ({"score": score(3, 3, 2)}, "at_risk", "3 people rated us 2.6 of 5 in “2026 survey”"),
    (
        {"late": late(rung=3)},
        "at_risk",
        "Dana Ortiz has the open action, 9 days late, and it went up to the chief customer officer",
    ),
    ({"late": late(rung=2)}, "watch", None),
    ({"not_fixed_topic": "Outages"}, "at_risk", "They told us “not fixed” on “Outages”"),
    ({"not_fixed_topic": ""}, "at_risk", "They told us “not fixed”"),
    # ---- unknown is not green
    (SILENT, "unknown", "No contact for 214 days and no survey answer"),
    (
        {"last_contact_on": None, "last_visit_on": None, "score": None},
        "unknown",
        "No contact on record and no survey answer",
    ),
    (
        SILENT | {"score": score(5, 5, 5, days=401)},
        "unknown",
        "No contact for 214 days and the last survey answer is 401 days old",
    ),
    (SILENT | {"late": late()}, "unknown", None),
    # An answer alone is evidence, and so is a call alone.
    (SILENT | {"score": score(5, 5, 5)}, "watch", "No visit for 214 days"),
    ({"score": score(1, 1, 1, days=401)}, "good", None),
    # What is known to be wrong stays wrong while nobody talks.
    (SILENT | {"not_fixed_topic": "Outages"}, "at_risk", None),
]


@pytest.mark.parametrize(("changes", "state", "why"), TABLE)
def test_the_state_follows_from_the_facts(changes, state, why):
    standing = judge(facts(**changes))
    assert standing.state == state
    assert standing.why
    if why is not None:
        assert standing.why == why


def test_no_topic_is_named_twice():
    standing = judge(
        facts(not_fixed_topic="they understand our business", low=low(), mood=1, mood_on=ago(3))
    )
    assert standing.why == (
        "They told us “not fixed” on “they understand our business” "
        "and a meeting that went badly (3 days ago)"
    )


def test_an_average_is_never_rounded_up_to_what_it_is_below():
    almost = Score("2026", ago(1), 10, 299, 100, 1, 5)
    assert judge(facts(score=almost)).why == "10 people rated us 2.9 of 5 in “2026”"


def test_those_at_risk_are_called_before_the_unknown_and_those_to_watch():
    in_order = [
        {"not_fixed_topic": "Outages", "low": low()},
        {"not_fixed_topic": "Outages"},
        {"low": low()},
        SILENT,
        {"late": late()},
        {"last_visit_on": None},
        {},
    ]
    weights = [judge(facts(**changes)).weight for changes in in_order]
    assert weights == sorted(weights, reverse=True)


def test_of_equals_the_agency_of_the_higher_tier_is_called_first():
    assert judge(facts(tier=1)).weight > judge(facts(tier=3)).weight
