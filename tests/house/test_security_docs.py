"""What docs/security.md and its table name is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NAMED = re.compile(r"`((?:[\w]+/)*\w+\.py)(?:::(\w+))?`")


def missing(text):
    for path, name in NAMED.findall(text):
        files = [file for file in (ROOT / "tests" / path, ROOT / path) if file.is_file()]
        if not files:
            yield path
        elif name and name not in functions_of(files[0]):
            yield f"{path}::{name}"


def functions_of(file):
    return {
        node.name
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("page", ["security.md", "security-asvs.md"])
def test_every_test_that_is_named_is_there(page):
    text = (ROOT / "docs" / page).read_text()
    assert len(NAMED.findall(text)) > 15
    assert sorted(set(missing(text))) == []


def test_a_name_that_is_nowhere_is_noticed():
    text = "`house/test_proxies.py::test_nothing` `nowhere/test_x.py` `house/test_proxies.py`"
    assert [*missing(text)] == ["house/test_proxies.py::test_nothing", "nowhere/test_x.py"]


def test_the_table_counts_its_rows():
    text = (ROOT / "docs/security-asvs.md").read_text()
    rows = re.findall(r"^\| \d+\.\d+\.\d+ \| ([12]) \| [^|]+ \| (\S+) \|", text, re.M)
    assert len(rows) == 253
    counts = [
        sum(1 for _level, says in rows if says.strip("*") == word) for word in ("yes", "no", "n/a")
    ]
    assert f"| **both** | **{counts[0]}** | **{counts[1]}** | **{counts[2]}** | **253** |" in text
