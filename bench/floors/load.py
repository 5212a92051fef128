"""Fills the floors' tables."""

from pathlib import Path

SCHEMA = Path(__file__).parent / "schema.sql"


def load_floors(connection, **numbers):
    """Make and fill the tables; `numbers`: agencies, meetings of each, responses."""
    for statement in SCHEMA.read_text().split(";\n"):
        if statement.strip():
            connection.execute(statement % numbers if "%(" in statement else statement)
