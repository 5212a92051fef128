"""Spreadsheets for tests, and the short way to import one."""

from pathlib import Path

from agencies.services import imports

SHEET = Path(__file__).resolve().parent.parent / "data" / "dotgov-state-organizations.csv"


def sheet(*rows, heading="Name,State,City,Domain"):
    return "\n".join([heading, *rows]).encode()


def upload(content, by, now, **fields):
    return imports.upload(file_name="agencies.csv", content=content, by=by, now=now, **fields)


def decide_all(draft, said, by):
    pairs = {pair.id: said for pair in imports.preview_of(draft).pairs}
    imports.decide(draft=draft, decisions=pairs, leave_out_errors=False, by=by)
    draft.refresh_from_db()


def take_over(content, by, now, *, rest=None):
    """Import it all; `rest` decides every pair that is asked."""
    draft = upload(content, by, now)
    if rest:
        decide_all(draft, rest, by)
    fingerprint = imports.preview_of(draft).fingerprint
    return imports.apply(draft=draft, fingerprint=fingerprint, by=by, now=now)
