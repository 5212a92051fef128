"""No cell of an export is taken for a formula, whatever people have written."""

import csv as plain_csv
import io
import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.permissions import Permission
from crm_portal.lib import sheets
from tests.attacks.stored_scripts import fields
from tests.attacks.stored_scripts.payloads import FORMULAS, PAYLOADS
from tests.attacks.stored_scripts.viewer import body_of
from tests.doors.table import DOORS
from tests.spreadsheets import SEPARATORS, cut, runs

pytestmark = pytest.mark.django_db
RUNS = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"-?[\d,.]+")


def one_formula(label, number, **_options):
    """Each row begins with another one."""
    return fields.piece(label, PAYLOADS.index(FORMULAS[number % len(FORMULAS)]))


def exports(world):
    """(name of the export, its text) of each."""
    client = Client()
    client.force_login(world.people["cco"])
    for name, door in DOORS.items():
        if door.access == Permission.EXPORT:
            answer = client.get(reverse(name, kwargs=door.kwargs(world)))
            assert answer["Content-Type"] == "text/csv; charset=utf-8"
            assert re.fullmatch(r'attachment; filename="[\w.-]+"', answer["Content-Disposition"])
            yield name, body_of(answer).decode("utf-8-sig")


def cells(world):
    """(name of the export, cell) of each."""
    for name, text in exports(world):
        for row in plain_csv.reader(io.StringIO(text, newline="")):
            yield from ((name, cell) for cell in row)


def running_otherwise(world):
    """What would run for who cuts at another character."""
    return [
        f"{name}, cut at {separator}: {cell[:60]!r}"
        for name, text in exports(world)
        for separator, character in SEPARATORS.items()
        for row in cut(text, character)
        for cell in row
        if runs(cell)
    ]


def running(found):
    return [
        f"{name}: {cell[:60]!r}"
        for name, cell in found
        if RUNS.match(cell) and not NUMBER.fullmatch(cell)
    ]


def test_no_export_holds_a_formula(crowded, figure):
    found, otherwise = [], []
    # Two rows are in each export at least: together they begin with each.
    for number in range(0, len(FORMULAS), 2):
        fields.fill(number, words=one_formula)
        found += cells(crowded)
        otherwise += running_otherwise(crowded)
    wanted = {PAYLOADS.index(formula) for formula in FORMULAS}
    met = {int(number) for _, cell in found for number in re.findall(r"~\d+\.(\d+)~", cell)}
    faults = running(found)
    figure(
        f"no dice: {len(met & wanted)} formulas in the rows of {len(found):,} cells: "
        f"{len(faults)} would run"
    )
    assert faults == otherwise == []
    assert wanted <= met


def test_a_guard_that_is_off_is_noticed(crowded, monkeypatch):
    """The negative control. The first rows hide their formulas behind what is invisible."""
    fields.fill(FORMULAS.index("\t=1+1"), words=one_formula)
    assert running(cells(crowded)) == []
    for guard, off in {"csv": plain_csv, "_shielded": lambda cell: cell}.items():
        with monkeypatch.context() as patch:
            patch.setattr(sheets, guard, off)
            assert running(cells(crowded)) != [], guard


def test_a_cell_that_others_would_cut_is_noticed(crowded, monkeypatch):
    """The negative control of the other separators."""
    fields.fill(FORMULAS.index("x;=1+1;y"), words=one_formula)
    assert running_otherwise(crowded) == []
    monkeypatch.setattr(sheets, "_INNER_START", re.compile("(never)(?!)"))
    assert running_otherwise(crowded) != []
