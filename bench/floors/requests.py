"""The floors as requests."""

from urllib.parse import urlencode

from bench.client import Request

ANSWERS = urlencode({f"q{number}": 1 + number % 5 for number in range(1, 13)})
TOKENS = 20_000

FLOORS = [
    ("F0", "a fixed page of 30 kB, no middleware", Request("/fixed")),
    ("F1", "the same, with a session and a user", Request("/session")),
    ("F2", "a list of 25", Request("/agencies/25")),
    ("F3", "a list of 500", Request("/agencies/500")),
    ("F4", "a page with 20 meetings", Request("/agency/20")),
    ("F5", "a page with 200 meetings", Request("/agency/200")),
    ("F6", "one row written, no session", Request("/insert", body=lambda n: "", ok=(204,))),
    ("F7", "a survey page of 12 questions, no session", Request("/survey/token1")),
    ("F8", "a survey's 12 answers written, no session",
     Request(lambda n: f"/submit/token{n + 1}", body=lambda n: ANSWERS, ok=(204,), supply=TOKENS)),
    ("F9", "results of one survey, from a summary", Request("/results")),
    ("F9r", "the same from its 252,000 raw answers", Request("/raw-results")),
    ("F10", "a dashboard: 5 queries, summaries", Request("/dashboard")),
]  # fmt: skip
