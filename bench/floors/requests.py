"""The floors as requests."""

from urllib.parse import urlencode

from bench.client import Request

ANSWERS = urlencode({f"q{number}": 1 + number % 5 for number in range(1, 13)})

FLOORS = [
    ("F0", "a fixed page of 30 kB", Request("/fixed")),
    ("F1", "the same, with a session and a user", Request("/session")),
    ("F2", "a list of 25", Request("/agencies/25")),
    ("F3", "a list of 500", Request("/agencies/500")),
    ("F4", "a page with 20 meetings", Request("/agency/20")),
    ("F5", "a page with 200 meetings", Request("/agency/200")),
    ("F6", "one row written", Request("/insert", body=lambda n: "", ok=(204,))),
    ("F7", "a survey page, 12 questions", Request("/survey/token1")),
    ("F8", "a survey's 12 answers written",
     Request("/submit/token{n}", body=lambda n: ANSWERS, ok=(204,))),
    ("F9", "results from summaries", Request("/results")),
    ("F9r", "results from raw answers", Request("/raw-results")),
    ("F10", "a dashboard, 5 queries", Request("/dashboard")),
]  # fmt: skip
