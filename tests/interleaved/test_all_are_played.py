"""Whatever changes a summary takes part in the plays: who writes one more such service hears so."""

import ast

from tests.interleaved import contacts, reminding, survey
from tests.test_conventions import python_files

KEPT = {"last_contact_at", "last_visit_at", "planned_step"}


def touches_a_summary(function):
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id == "summaries"
        elif isinstance(node, ast.keyword):
            yield node.arg in KEPT
        elif isinstance(node, ast.Constant):
            yield node.value in KEPT


def is_service(function):
    return "service" in {getattr(part, "id", "") for part in function.decorator_list}


def found_in(module):
    """The functions for other modules that change a summary, if need be through others here."""
    functions = {
        node.name: node for node in ast.parse(module.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }  # fmt: skip
    if module.stem == "summaries":
        return {name for name, node in functions.items() if is_service(node)}
    named = {
        name: {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        for name, node in functions.items()
    }
    found, count = {name for name, node in functions.items() if any(touches_a_summary(node))}, -1
    while len(found) != count:
        count = len(found)
        found |= {name for name, names in named.items() if names & found}
    return {name for name in found if not name.startswith("_")}


def test_every_service_that_changes_a_summary_is_played():
    services = [file for file in python_files() if "services" in file.parts]
    changing = {name for file in services for name in found_in(file)}
    played = {*contacts.OPERATIONS, *survey.OPERATIONS, *reminding.PLANNING, *reminding.OTHERS}
    assert {"submit", "log", "rebuild", "plan_letters"} <= changing
    assert changing - played == set()
