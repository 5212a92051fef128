"""Lists of agencies with their standing."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Window
from django.utils.translation import gettext_lazy as _

from dashboards import facts, standing
from dashboards.facts import Evidence

PER_PAGE, MOST_PER_PAGE = 25, 200

# What is missing: name of the gap → whether a row has it.
GAPS = {
    "no_liaison": lambda row: not row.facts.has_liaison,
    "silent": lambda row: row.facts.is_silent,
    "no_visit": lambda row: row.facts.is_visit_overdue,
    "stale": lambda row: row.facts.is_stale,
}
GAP_TITLES = {
    "no_liaison": _("No primary liaison"),
    "silent": _("Silent in the open survey"),
    "no_visit": _("Visit overdue"),
    "stale": _("No fresh evidence"),
}
# Orders that follow from the facts; the others are the database's.
SORTS = {
    "call": lambda row: (-row.standing.weight, row.name),
    "score": lambda row: (_score(row), row.name),
    "late": lambda row: (-row.late_actions, -row.open_actions, row.name),
}


def _score(row):
    """Lowest first; agencies without a score last."""
    return 9 if row.facts.score is None else row.facts.score.mean or 9


def everybody(user, *, now, ratings_of=None):
    """(rows, evidence) of every agency that the user sees and that still exists."""
    found = facts.everybody(user, now=now)
    evidence = Evidence([agency["pk"] for agency in found], now=now, ratings_of=ratings_of)
    return facts.rows(found, evidence), evidence


def page(agencies, *, choice, number, per_page, now):
    """One page of the agencies (with contacts), in the same number of statements at any length.

    Where the choice of rows or their order follows from the facts, those of all agencies are
    read; else only those of the page.
    """
    if choice.get("state") or choice.get("gap") or choice.get("sort") in SORTS:
        return _page_by_facts(agencies, choice, number, per_page, now)
    found = agencies.annotate(total=Window(Count("pk"))).values(*facts.FIELDS, "total")
    first = (number - 1) * per_page
    shown = list(found[first : first + per_page])
    if not shown and number > 1:
        return page(agencies, choice=choice, number=1, per_page=per_page, now=now)
    evidence = Evidence([agency["pk"] for agency in shown], now=now)
    counted: Any = _Counted(facts.rows(shown, evidence), shown[0]["total"] if shown else 0)
    return Paginator(counted, per_page).page(number)


def keys(agencies, *, choice, now):
    """The keys of all that a list of this choice shows, on however many pages."""
    if choice.get("state") or choice.get("gap"):
        return [row.pk for row in _chosen_by_facts(agencies, choice, now)]
    return agencies.order_by().values_list("pk", flat=True)


def _chosen_by_facts(agencies, choice, now):
    found = list(agencies.values(*facts.FIELDS))
    rows = facts.rows(found, Evidence([agency["pk"] for agency in found], now=now))
    return choose(rows, state=choice.get("state"), gap=choice.get("gap"))


def _page_by_facts(agencies, choice, number, per_page, now):
    rows = _chosen_by_facts(agencies, choice, now)
    if choice.get("sort") in SORTS:
        rows.sort(key=SORTS[choice["sort"]])
    return Paginator(rows, per_page).get_page(number)


def choose(rows, *, state=None, gap=None):
    """The rows in this state and with this gap."""
    if state:
        rows = [row for row in rows if row.standing.state == state]
    if gap:
        rows = [row for row in rows if GAPS[gap](row)]
    return rows


def by_state(rows):
    """{state: how many}, every state named."""
    counts = dict.fromkeys((standing.GOOD, standing.WATCH, standing.AT_RISK, standing.UNKNOWN), 0)
    for row in rows:
        counts[row.standing.state] += 1
    return counts


class _Counted:
    """One page of rows that knows how many there are in all, for Django's paginator."""

    def __init__(self, rows, total):
        self.rows, self.total = rows, total

    def count(self):
        return self.total

    def __len__(self):
        return self.total

    def __getitem__(self, part):
        return self.rows
