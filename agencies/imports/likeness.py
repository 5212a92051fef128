"""Which organisations are so alike that a person should say whether they are the same. Pure.

Every look is into a dictionary, so that the time grows with the names and not with their pairs.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from agencies.imports.disjoint import DisjointSets
from agencies.imports.normalising import initials

# They say what kind of organisation it is, not which.
GENERIC = {"department", "office", "division", "agency", "bureau", "state", "|"}
# Beyond this many different words nobody looks for slips of the pen: it would take too much memory.
MAX_WORDS = 30_000
MAX_PARTNERS = 6
# Shorter words are never taken for misspelt; in longer ones two slips are forgiven.
SHORTEST, LONG = 5, 8


@dataclass(frozen=True, slots=True)
class Node:
    """An organisation of the file or of the portal, with one of its names."""

    id: str
    state: str
    name: object  # a Name
    acronym: str = ""
    on_record: bool = False


class Likeness:
    """An index over nodes; `partners` finds those that a node may be the same as."""

    def __init__(self, nodes):
        self._same_word = _words_alike({word for node in nodes for word in _core(node.name.key)})
        self._only_acronyms = {node.name.core.upper() for node in nodes if _is_acronym(node.name)}
        self._by = defaultdict(lambda: defaultdict(list))
        for node in nodes:
            for kind, value in self._traces(node):
                bucket = self._by[kind][node.state, value]
                # A trace that so many share says nothing about any of them.
                if len(bucket) <= MAX_PARTNERS:
                    bucket.append(node)

    def _traces(self, node):
        words = self._signature(node.name.key)
        yield "words", words
        if node.on_record:
            # Of two that are new the longer one asks; these ask nothing.
            yield from (("shorter", shorter) for shorter in _shorter(words))
        yield "key", node.name.key
        yield from (("acronym", letters) for letters in self._acronyms(node))
        if _is_acronym(node.name):
            yield "only acronym", node.name.core.upper()
        if node.name.is_alias:
            yield from (("alias", part) for part in node.name.parts)
        if node.name.unit:
            yield "unit", node.name.unit

    def _acronyms(self, node):
        key = node.name.key
        found = {node.acronym.upper(), node.name.acronym, initials(key)}
        found.add(initials(node.name.unit) if node.name.unit else "")
        if key.startswith("governors "):
            found.add(initials(key.partition(" ")[2]))
        found |= {node.state + letters for letters in found if letters}
        return found & self._only_acronyms

    def partners(self, node):
        """{id of the other: why, in words}. Never the node itself, never a mere part of it."""
        found = {}
        for kind, value, why in self._questions(node):
            for other in self._by[kind].get((node.state, value), ())[:MAX_PARTNERS]:
                if other.id != node.id and not _is_part(node.name, other.name):
                    found.setdefault(other.id, why(node.name, other.name))
        return found

    def _questions(self, node):
        """What to look up: (kind of trace, value, function that says why)."""
        name, words = node.name, self._signature(node.name.key)
        yield "words", words, _why_words
        for shorter in _shorter(words):
            yield "words", shorter, _why_more
        yield "shorter", words, _why_more
        if _is_acronym(name):
            yield "acronym", name.core.upper(), _why_acronym
        for letters in self._acronyms(node):
            yield "only acronym", letters, _why_acronym
        for part in name.parts if name.is_alias else ():
            yield "key", part, _why_alias
        yield "alias", name.key, _why_alias
        if name.unit:
            yield "key", name.unit, _why_unit
        yield "unit", name.key, _why_unit

    def _signature(self, key):
        return tuple(sorted({self._same_word.get(word, word) for word in _core(key)}))


def _core(key):
    """The words that tell one organisation from another."""
    words = [word for word in key.split() if word not in GENERIC]
    return words or key.split()


def _shorter(words):
    """The words with one left out; numbers stay, for a 1st district is no 2nd."""
    if len(words) < 3:
        return
    for at, word in enumerate(words):
        if not any(char.isdigit() for char in word):
            yield words[:at] + words[at + 1 :]


def _words_alike(words):
    """{word: the word that stands for it and its misspellings}: words one slip apart, or, if they
    are long, those that become the same when one letter is left out of each."""
    stems = {word: _stem(word) for word in words}
    if len(words) > MAX_WORDS:
        return stems
    known = {stem for stem in stems.values() if _may_be_misspelt(stem)}
    alike, met = DisjointSets(), {}
    for stem in sorted(known):
        # Each is joined to the first with the same trace, never to all of them.
        for trace in _slips(stem):
            alike.join(stem, met.setdefault(trace, stem))
        for shorter in _one_letter_less(stem):
            if shorter in known:
                alike.join(stem, shorter)
    return {word: alike.leader(stem) for word, stem in stems.items()}


def _may_be_misspelt(stem):
    return len(stem) >= SHORTEST and not any(char.isdigit() for char in stem)


def _slips(stem):
    """Traces: two words that have one in common are alike."""
    shorter = _one_letter_less(stem)
    if len(stem) > LONG:
        yield from shorter
        return
    yield from enumerate(shorter)  # another letter in the same place
    for at in range(len(stem) - 1):
        turned = "".join(sorted(stem[at : at + 2]))
        yield at, stem[:at], turned, stem[at + 2 :]  # two letters in another order


def _one_letter_less(stem):
    return [stem[:at] + stem[at + 1 :] for at in range(len(stem))]


def _stem(word):
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def _is_acronym(name):
    core = name.core
    return 2 <= len(core) <= 8 and core.isalpha() and core.isupper()


def _is_part(one, other):
    """Whether one is the whole that the other belongs to: those are never the same."""
    return any(
        not long.is_alias and long.unit and short.key in long.parts and short.key != long.unit
        for long, short in ((one, other), (other, one))
    )


def _alike(one, other):
    """The words that tell, and how alike they are letter by letter."""
    telling = [" ".join(_core(name.key)) for name in (one, other)]
    return {"one": telling[0], "other": telling[1], "percent": round(fuzz.ratio(*telling))}


def _why_words(one, other):
    if one.key == other.key:
        return _("The name fits more than one.")
    if _core(one.key) == _core(other.key):
        return _("They differ only in what kind of organization they say it is.")
    return _("“%(one)s” and “%(other)s” are %(percent)s percent alike.") % _alike(one, other)


def _why_more(one, other):
    return _("One has a word more: “%(one)s”, “%(other)s”.") % _alike(one, other)


def _why_acronym(one, other):
    return _("One is what the first letters of the other say.")


def _why_alias(one, other):
    return _("One name gives two, and one of them is the other.")


def _why_unit(one, other):
    return _("Both name the same unit, one with what it belongs to.")
