"""Lists as spreadsheets: no cell is taken for a formula."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_portal.lib import sheets
from crm_portal.lib.sheets import csv_response
from tests.spreadsheets import SEPARATORS, SIGNS, cut, runs

FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1", "＠SUM(1)"]


def written(cell):
    """The cell as a spreadsheet reads it."""
    lines = csv_response([["Heading", cell, "last"]], "list").getvalue().decode("utf-8-sig")
    [[_heading, found, _last]] = csv.reader(io.StringIO(lines, newline=""))
    return found


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_shielded(formula):
    assert written(formula) == "'" + re.sub(r"(?<=[\t\r\n])=", "'=", formula)


@pytest.mark.parametrize("cell", ["Plain = plain", " =1", "-12.5", "", -3, 0])
def test_what_is_none_stays_as_it_is(cell):
    assert written(cell) == str(cell)


# ---- Cut otherwise -------------------------------------------------------------------------------


def running(rows, separator):
    text = "".join(sheets.lines(rows)).removeprefix("\ufeff")
    return [cell for cells in cut(text, separator) for cell in cells if runs(cell)]


inside = st.text(st.sampled_from(f"{SIGNS};|\t\r\n\" ',a1"), max_size=12)


@pytest.mark.parametrize("separator", SEPARATORS.values(), ids=SEPARATORS)
@pytest.mark.parametrize("sign", SIGNS)
def test_a_cell_is_no_formula_for_who_cuts_at_another_character(separator, sign):
    for between in ("", " ", '"', '""', "\t", "\n", "\r\n"):
        cell = f"a{separator}{between}{sign}1+1|x{separator}b"
        assert running([["Heading", cell, "last"]], separator) == []


@given(st.lists(st.lists(inside, min_size=1, max_size=4), max_size=4))
def test_no_text_is_a_formula_however_it_is_cut(rows):
    assert [running(rows, separator) for separator in SEPARATORS.values()] == [[], [], []]


def test_a_guard_that_is_off_is_noticed(monkeypatch):
    """The negative control."""
    monkeypatch.setattr(sheets, "_shielded", lambda cell: cell)
    assert running([["Heading", "a;=1+1;b", "last"]], ";") == ["=1+1"] * 2


def test_what_others_would_cut_is_quoted():
    lines = list(sheets.lines([["a;b", "a\tb", "ab", 3, -2.5, None]]))
    assert lines == ["\ufeff", '"a;b","a\tb",ab,3,-2.5,\r\n']


@pytest.mark.parametrize("cell", ["One; two", "a;b", "1;2", "Lines\nof text", "x; y = z"])
def test_ordinary_text_with_separators_stays_as_it_is(cell):
    assert written(cell) == cell
