"""Fills the floors' tables, and measures what needs no web."""

from pathlib import Path

from bench.floors.requests import TOKENS
from bench.measure import repeat, report

SCHEMA = Path(__file__).parent / "schema.sql"
LAST_PERIOD = """
    SELECT agency.id, said.total, said.count FROM floors_agency agency, LATERAL (
        SELECT sum(value) AS total, count(*) AS count FROM floors_answer
        WHERE agency_id = agency.id AND period = 24
    ) said
"""


def load_floors(connection, **numbers):
    """Make and fill the tables; `numbers`: agencies, meetings of each."""
    numbers["tokens"] = TOKENS
    for statement in SCHEMA.read_text().split(";\n"):
        if statement.strip():
            connection.execute(statement % numbers if "%(" in statement else statement)


def last_period(connection, database):
    """Every agency's answers of the last period, raw, by an index."""
    return report(
        repeat(
            "FP",
            "answers of the last period, 500 agencies, raw",
            lambda: connection.execute(LAST_PERIOD).fetchall(),
            times=100,
            size="big",
            database=database.pid,
            sql=1,
        )
    )
