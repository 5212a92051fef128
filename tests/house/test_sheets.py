"""Lists as spreadsheets: no cell is taken for a formula."""

import csv
import io

import pytest

from crm_portal.lib.sheets import csv_response

FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "＠SUM(1)"]


def written(cell):
    """The cell as a spreadsheet reads it."""
    lines = csv_response([["Heading", cell, "last"]], "list").getvalue().decode("utf-8-sig")
    [[_heading, found, _last]] = csv.reader(io.StringIO(lines, newline=""))
    return found


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_shielded(formula):
    assert written(formula) == f"'{formula}"


@pytest.mark.parametrize("cell", ["Plain = plain", " =1", "-12.5", "", -3, 0])
def test_what_is_none_stays_as_it_is(cell):
    assert written(cell) == str(cell)
