"""Each check of who may do or see what is taken out in turn; each time a test must turn red.

Every run does so with some of them; `make mutants` with all. `PORTAL_MUTANTS=60` takes so many,
`PORTAL_MUTANTS_SEED=7` others.
"""

import itertools
import os
import random
import time
import tokenize
from collections import Counter

import pytest

from tests.mutants import planted
from tests.mutants.sites import SCOPES, all_sites, modules, sites_of
from tests.mutants.surgery import Living
from tests.mutants.taking_out import red_anyway, take_out_each
from tests.mutants.watchers import Map, Watcher

pytestmark = pytest.mark.django_db(transaction=True)
HOW_MANY = os.environ.get("PORTAL_MUTANTS", "36")
SEED = int(os.environ.get("PORTAL_MUTANTS_SEED", "20270303"))


def test_every_check_is_missed_when_it_is_gone(stage, one_of_each, figure):
    began, sites = time.monotonic(), all_sites()
    chosen = sites
    if HOW_MANY != "all":
        chosen = random.Random(SEED).sample(sites, int(HOW_MANY))
    watchers_of = Map(stage).watchers_of
    outcomes = take_out_each(chosen, stage=stage, living=Living(), watchers_of=watchers_of)
    killed = [one for one in outcomes if one.watcher]
    false_alarms = red_anyway(dict.fromkeys(one.watcher for one in killed), stage=stage)
    figure(
        f"{len(killed)} / {len(outcomes)} mutants killed, of {len(sites)} checks, seed {SEED}, by "
        f"{dict(Counter(one.watcher.kind for one in killed))}, {time.monotonic() - began:.0f} s"
    )
    assert false_alarms == []
    assert [str(one.site) for one in outcomes if one not in killed] == []


# ---- The tool itself -----------------------------------------------------------------------------

# The words that ask; each must be a place that the tool has found.
ASKING = {(scope, "(") for scope in SCOPES} | {(".", "may"), ("@", "require")}


def test_no_check_is_overlooked():
    found = Counter(
        site.module
        for site in all_sites()
        if site.kind in {"scope", "require"} or ".may(" in site.source
    )
    assert {name: asked for name, file in modules() if (asked := times_asked(file))} == found
    assert found.total() > 150


def times_asked(file):
    with file.open() as lines:
        words = [token.string for token in tokenize.generate_tokens(lines.readline)]
    return sum(pair in ASKING for pair in itertools.pairwise(words))


@pytest.fixture
def stranger_told(agency, outsider):
    """Watches the planted checks."""

    def told(_stage):
        for ask in (planted.agencies, planted.agencies_asked_twice):
            yield from (f"{ask.__name__} tells of {row}" for row in ask(outsider))

    return Watcher("planted", told)


def take_out_planted(watcher):
    sites = sites_of(planted.__name__)
    return take_out_each(sites, stage=None, living=Living(), watchers_of=lambda _site: [watcher])


def test_a_check_that_matters_is_missed_and_one_that_changes_nothing_is_not(stranger_told):
    matters, *alike = take_out_planted(stranger_told)
    assert matters.said == "agencies tells of Department of Transport"
    assert [one.watcher for one in alike] == [None, None]
    assert red_anyway([stranger_told], stage=None) == []
    # Nothing of all that happened in this process.
    assert list(stranger_told.run(None)) == []


def test_a_watcher_that_is_red_anyway_is_told():
    watcher = Watcher("planted", lambda _stage: ["red as always"])
    assert red_anyway([watcher], stage=None) == ["red as always"]


def test_a_watcher_that_breaks_stops_the_tool(stranger_told):
    with pytest.raises(RuntimeError, match="ZeroDivisionError") as stopped:
        take_out_planted(Watcher("planted", lambda _stage: [1 / 0]))
    assert "in agencies: scope" in stopped.value.__notes__[0]
