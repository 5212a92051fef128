"""The statements that each measured operation may cost: `bench.goals` says how many, and the very
requests of `make bench` ask for it, against the same data, only fewer."""

import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.goals import GOALS
from bench.portal import process
from bench.portal.measure import DATA
from bench.portal.requests import Requests
from outbox.models import Letter
from outbox.services import sending

SIZE = {
    "agencies": 5, "people": 40, "meetings": 60, "responses": 30, "actions": 80, "liaisons": 3,
    "waves": 3, "now": "now()", "seed": 1,
}  # fmt: skip
LIMITS = {key: goal.statements for goal in GOALS if goal.statements for key in goal.lines}
# As `make bench` counts: not transactions and settings, nor who and why before each write.
CONTEXT = re.compile(r"SELECT set_config\('pghistory.*?, true\), .*?, true\); ", re.DOTALL)
NO_WORK = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|SHOW|SELECT set_config)\b")


@pytest.fixture
def requests(db):
    """What is asked of a small portal with history."""
    with connection.cursor() as cursor:
        cursor.execute(DATA.read_text() % SIZE)
    # As they come from a process of their own.
    facts = json.loads(json.dumps(process.prepare(), default=str))
    return Requests(facts, agencies=SIZE["agencies"], seed=SIZE["seed"])


def ask(request, number):
    path, headers, body = request.parts(number)
    method = "GET" if body is None else "POST"
    answer = Client().generic(
        method,
        path,
        body or "",
        headers.get("Content-Type", ""),
        HTTP_COOKIE=headers["Cookie"],
    )
    if answer.streaming:
        list(answer.streaming_content)
    assert answer.status_code in request.ok, (path, answer.status_code)


def statements(work):
    with CaptureQueriesContext(connection) as queries:
        work()
    return sum(not NO_WORK.match(CONTEXT.sub("", query["sql"], count=1)) for query in queries)


def operations(requests):
    """{key of a measured operation: its work}, but for sending letters."""
    asked = {key: request for key, _name, request in requests.pages()}
    asked |= {
        "G3": requests.log_meeting(),
        "G4": requests.survey_page(),
        "G5": requests.submit(),
        "G6x": requests.export(),
    }
    works = {key: lambda n, request=request: ask(request, n) for key, request in asked.items()}
    now = process.at_work()
    for key, (_name, step) in process.STEPS.items():
        works[key] = lambda _number, step=step: (process.office.forget(), step(now=now))
    return works


def test_every_operation_costs_no_more_statements_than_promised(requests, figure):
    cost = {}
    for key, work in operations(requests).items():
        work(1)
        cost[key] = statements(lambda work=work: work(2))
    figure(", ".join(f"{key} {count} of {LIMITS[key]:g}" for key, count in cost.items()))
    assert cost.keys() == LIMITS.keys() - {"G8"}
    assert {key: count for key, count in cost.items() if count > LIMITS[key]} == {}


def test_a_reminder_costs_no_more_statements_than_promised(requests, smtp_sink):
    process.plan(0)
    planned = process.plan(20)
    cost = statements(lambda: sending.send_due(now=process.at_work()))
    assert Letter.objects.filter(kind="reminder", state="sent").count() == planned == 20
    assert cost / planned <= LIMITS["G8"]
    assert len(smtp_sink.journal) == planned


def test_a_statement_too_many_is_seen(requests):
    """The negative control."""
    page = operations(requests)["G1"]
    page(1)
    alone = statements(lambda: page(2))

    def with_one_more():
        page(2)
        Letter.objects.count()

    assert statements(with_one_more) == alone + 1
