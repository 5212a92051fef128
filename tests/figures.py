"""What the harnesses have measured, told at the end of a run, however many processes ran it."""

import pytest

_found = []


@pytest.fixture
def figure(request):
    """`figure("seed 7: 100 kills, 0 lost")`: told at the end of the run, passed or failed."""
    return lambda text: request.node.user_properties.append(("figure", " ".join(str(text).split())))


def pytest_runtest_logreport(report):
    if report.when == "call":
        figures = [text for name, text in report.user_properties if name == "figure"]
        _found.extend((report.nodeid.partition("::")[0], text) for text in figures)


def pytest_terminal_summary(terminalreporter):
    if _found:
        terminalreporter.section("figures")
    for file, text in sorted(set(_found)):
        terminalreporter.write_line(f"{file}: {text}")
