"""What the rows of an agency say of it: what most of them say, of several the first. Pure.

A merge is remembered with what the other rows would say without it. That is asked once for each
spelling, so a question costs what is left out, not all that is there.
"""

from collections import Counter, defaultdict

FACTS = ("city", "acronym", "head_count", "cabinet")


class Sayings:
    """The rows of one agency, in their order."""

    def __init__(self, rows):
        self._number = {id(row): number for number, row in enumerate(rows)}
        # fact → value → numbers of the rows that say so
        self._rows = {fact: defaultdict(list) for fact in FACTS}
        for number, row in enumerate(rows):
            for fact in FACTS:
                if value := getattr(row.record, fact):
                    self._rows[fact][value].append(number)
        self._bracketed = [(n, row.name.acronym) for n, row in enumerate(rows) if row.name.acronym]
        self._ranked = {
            fact: sorted(said, key=lambda value, said=said: (-len(said[value]), said[value][0]))
            for fact, said in self._rows.items()
        }

    def facts(self, *, without=(), with_bracketed=True):
        """{fact: value}, as if the rows `without` were not there. An acronym in brackets counts
        where no column gives one."""
        left_out = {self._number[id(row)] for row in without}
        said = {fact: self._winner(fact, without, left_out) for fact in FACTS}
        facts = {fact: value for fact, value in said.items() if value is not None}
        bracketed = next((word for n, word in self._bracketed if n not in left_out), "")
        if bracketed and with_bracketed:
            facts.setdefault("acronym", bracketed)
        return facts

    def _winner(self, fact, without, left_out):
        """At most as many values are looked at as rows are left out, and one more."""
        said = self._rows[fact]
        fewer = Counter(value for row in without if (value := getattr(row.record, fact)))
        best, winner = (0, 0), None
        for value in {*fewer, *self._ranked[fact][: len(fewer) + 1]}:
            count = len(said[value]) - fewer[value]
            if count:
                first = next(number for number in said[value] if number not in left_out)
                if (count, -first) > best:
                    best, winner = (count, -first), value
        return winner
