"""The time that a preview takes grows with the file, whatever stands in it."""

import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from agencies.imports import columns, normalising, preview, reading
from agencies.imports.columns import Record
from agencies.imports.existing import Known
from agencies.imports.likeness import _may_be_misspelt, _stem, _words_alike
from agencies.imports.matching import SAME, Row, match
from agencies.imports.normalising import normal
from agencies.imports.saying import FACTS, Sayings

ROWS = 150


def word(number):
    """Letters for a number: each its own."""
    return "".join(chr(97 + int(digit)) for digit in f"{number:06}")


# What an attacker would write: the file's name → its names of organisations.
FILES = {
    "ordinary names": lambda n: [f"Department of {word(i * 7919)} {word(i)}" for i in range(n)],
    "words that differ in one letter": lambda n: [f"Wate{chr(0x4E00 + i)}works" for i in range(n)],
    "long words that differ in one letter": lambda n: [
        f"Administ{chr(0x4E00 + i)}ration" for i in range(n)
    ],
    "a chain of misspellings": lambda n: [word(i).translate({98: 120}) for i in range(n)],
    "spellings of one name": lambda n: [f"Water{'.' * (i % 60)}{'!' * (i // 60)} Board"
                                        for i in range(n)],
    "one name again and again": lambda n: ["Water Board", "Water Boards"] * (n // 2),
    "acronyms": lambda n: [f"Q{word(i).upper()}" for i in range(n)],
    "many words": lambda n: [" ".join(word((i * 31 + k) % 499) for k in range(25))
                             for i in range(n)],
    "units": lambda n: [f"Division {word(i)}, Department of Law" for i in range(n)],
    "names with strokes": lambda n: [f"{word(i)} / {word(i + 1)}" for i in range(n)],
}  # fmt: skip


def work_of(names, decide):
    """How many calls a preview of these names makes; with each question answered, if `decide`."""
    lines = [f'"{name}",CO,City{number % 7},{number}' for number, name in enumerate(names)]
    content = "\n".join(["Name,State,City,Head count", *lines]).encode()
    decisions = _Always(SAME) if decide else {}
    normalising.normal.cache_clear()
    calls = Counter()
    sys.setprofile(lambda _frame, event, _what: calls.update([event]))
    try:
        table = reading.read(content)
        records = columns.records(table, columns.guess(table.headings), "")
        preview.build(records, Known(), decisions)
    finally:
        sys.setprofile(None)
    return calls["call"] + calls["c_call"]


class _Always(dict):
    def get(self, _key, _default=None):
        return self.value

    def __init__(self, value):
        super().__init__()
        self.value = value


@pytest.mark.parametrize("decide", [False, True], ids=["asked", "decided"])
@pytest.mark.parametrize("kind", FILES)
def test_twice_the_rows_are_twice_the_work(office_row, kind, decide, figure):
    once, twice, four = (work_of(FILES[kind](n * ROWS), decide) for n in (1, 2, 4))
    figure(f"{kind}: {once / ROWS:,.0f} calls a row; ×{twice / once:.2f}, ×{four / twice:.2f}")
    assert four / twice < 2.2


# ---- As before, only faster ----------------------------------------------------------------------


def pairwise(words):
    """{word: those that it is alike with}, each compared with each."""
    stems = {word: _stem(word) for word in words}
    known = sorted({stem for stem in stems.values() if _may_be_misspelt(stem)})
    sets = {stem: {stem} for stem in stems.values()}
    for at, one in enumerate(known):
        for other in known[:at]:
            shapes = [{w, *(w[:i] + w[i + 1 :] for i in range(len(w)))} for w in (one, other)]
            limit = 2 if len(one) > 8 else 1
            if shapes[0] & shapes[1] and OSA.distance(one, other) <= limit:
                joined = sets[one] | sets[other]
                for stem in joined:
                    sets[stem] = joined
    return {word: frozenset(w for w in words if stems[w] in sets[stems[word]]) for word in words}


@given(st.sets(st.text("abs", min_size=4, max_size=11), max_size=25))
def test_words_are_alike_as_each_compared_with_each(words):
    found = _words_alike(words)
    grouped = {w: frozenset(o for o in words if found[o] == found[w]) for w in words}
    assert grouped == pairwise(words)


def plainly(rows, *, with_bracketed=True):
    """What most rows say, counted anew."""
    said = {
        fact: Counter(value for row in rows if (value := getattr(row.record, fact)))
        for fact in FACTS
    }
    facts = {fact: counter.most_common(1)[0][0] for fact, counter in said.items() if counter}
    bracketed = next((row.name.acronym for row in rows if row.name.acronym), "")
    if bracketed and with_bracketed:
        facts.setdefault("acronym", bracketed)
    return facts


values = st.sampled_from(["", "a", "b", "c"])
records = st.builds(
    Record,
    line=st.just(1),
    name=st.sampled_from(["Water Board", "Water Board (WB)", "Water Board (CWB)"]),
    city=values,
    acronym=values,
    head_count=st.sampled_from([None, 1, 2, 3]),
    cabinet=values,
)


@given(st.lists(records, max_size=12), st.sets(st.integers(0, 11)), st.booleans())
def test_what_rows_say_without_some_is_what_the_others_say(records, left_out, with_bracketed):
    rows = [Row(record, normal(record.name, "CO")) for record in records]
    without = [row for number, row in enumerate(rows) if number in left_out]
    others = [row for number, row in enumerate(rows) if number not in left_out]
    sayings = Sayings(rows)
    assert sayings.facts(without=without, with_bracketed=with_bracketed) == plainly(
        others, with_bracketed=with_bracketed
    )


@pytest.mark.parametrize("digits", ["9" * 5000, "0" * 5000 + "7"])
def test_a_head_count_of_thousands_of_digits_is_read_in_words(digits):
    table = reading.read(f"Name,State,Head count\nWater Board,CO,{digits}\n".encode())
    [row] = match(columns.records(table, columns.guess(table.headings), ""), Known(), {}).rows
    assert (row.record.head_count, bool(row.record.error)) in [(None, True), (7, False)]
