"""Words for dates and states, and the one place where a user's text becomes HTML."""

import datetime as dt
import re
import zoneinfo

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from crm_portal.templatetags import portal

NOW = dt.datetime(2026, 11, 20, 18, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def denver():
    with timezone.override(zoneinfo.ZoneInfo("America/Denver")):
        yield


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (dt.timedelta(seconds=20), "just now"),
        (dt.timedelta(minutes=1), "1 minute ago"),
        (dt.timedelta(hours=3), "3 hours ago"),
        # 18 hours before 11 in the morning is yesterday, at the office.
        (dt.timedelta(hours=18), "yesterday"),
        (dt.timedelta(days=3), "3 days ago"),
        (dt.timedelta(days=20), "2 weeks ago"),
        (dt.timedelta(days=214), "7 months ago"),
        (dt.timedelta(days=800), "2 years ago"),
        (dt.timedelta(days=-1), "tomorrow"),
        (dt.timedelta(days=-9), "in 9 days"),
    ],
)
def test_ago_says_what_a_person_would(delta, words):
    assert portal.ago_words(NOW - delta, NOW) == words


def test_ago_takes_dates_too():
    assert portal.ago_words(TODAY - dt.timedelta(days=1), NOW) == "yesterday"
    assert portal.ago_words(TODAY, TODAY) == "today"


def test_ago_carries_the_exact_time():
    html = portal.ago(NOW - dt.timedelta(days=3), NOW)
    assert 'title="Tuesday, November 17, 2026, 11:00 AM MST"' in html
    assert 'datetime="2026-11-17T18:00:00+00:00"' in html


def test_ago_of_nothing_is_never():
    assert portal.ago(None, NOW) == "never"


@pytest.mark.parametrize(
    ("days", "words", "css"),
    [
        (-9, "9 days late", "late"),
        (-1, "1 day late", "late"),
        (0, "due today", "soon"),
        (1, "due tomorrow", "soon"),
        (3, "due Monday", ""),
        (30, "due Dec 20", ""),
        (400, "due Dec 25, 2027", ""),
    ],
)
def test_due_words(days, words, css):
    html = portal.due_words(TODAY + dt.timedelta(days=days), TODAY)
    assert html.endswith(f">{words}</time>")
    assert (f'class="{css}"' in html) is bool(css)


def test_due_chip_of_a_done_action_says_when():
    assert "done Nov 18" in portal.due_chip(TODAY, TODAY, done_on=dt.date(2026, 11, 18))


@pytest.mark.parametrize(
    ("state", "word", "css"),
    [
        ("good", "Good", "good"),
        ("watch", "Watch", "watch"),
        ("at_risk", "At risk", "risk"),
        ("unknown", "Unknown", "unknown"),
        ("nonsense", "Unknown", "unknown"),
    ],
)
def test_state_badge_is_a_word_and_a_shape(state, word, css):
    assert portal.state_badge(state) == f'<span class="state state-{css}">{word}</span>'


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '<img src=x onerror="alert(1)">',
        '[x](data:text/html;base64,PHNjcmlwdD4= "t")',
        "![x](https://example.org/pixel.png)",
        "<svg/onload=alert(1)>",
        '[x](https://e.org/" onclick="alert(1))',
    ],
)
def test_markdown_lets_nothing_run_or_load(evil):
    html = portal.markdown(evil)
    assert re.findall(r"<(?:script|img|svg)|<[^>]*\son\w+=|href=.(?:javascript|data):", html) == []


def test_markdown_keeps_what_notes_need():
    html = portal.markdown("**Dana** will call\n\n- one\n- two")
    assert "<strong>Dana</strong>" in html
    assert html.count("<li>") == 2
    assert portal.markdown(None) == ""


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Dana Ortiz", "DO"), ("Ana María de la Cruz", "AC"), ("Prince", "P"), ("", "")],
)
def test_initials(name, letters):
    assert portal.initials(name) == letters


def test_query_keeps_the_rest_of_the_address():
    context = Context({"request": RequestFactory().get("/?state=watch&page=2")})
    assert portal.query(context, page=3) == "?state=watch&page=3"
    assert portal.query(context, page=None) == "?state=watch"


def test_remembered_title_is_shown_twice_and_escaped_once():
    template = Template(
        "{% load portal %}{% remember t %}{{ name }}{% endremember %}<a>{{ t }}</a><b>{{ t }}</b>"
    )
    assert template.render(Context({"name": "R&D"})) == "<a>R&amp;D</a><b>R&amp;D</b>"


@pytest.mark.parametrize(("rows", "said"), [(1, "1 action"), (2, "2 actions")])
def test_pagination_says_one_in_the_singular(rows, said):
    context = {"request": RequestFactory().get("/"), "page": Paginator(range(rows), 25).page(1)}
    shown = Template('{% load portal %}{% pagination page "action" "actions" %}')
    assert f">{said}<" in shown.render(Context(context))
