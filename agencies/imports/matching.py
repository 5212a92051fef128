"""Which rows are one organisation: for certain, by decision, or not yet. Pure."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from agencies.imports.columns import Record
from agencies.imports.disjoint import DisjointSets
from agencies.imports.likeness import Likeness, Node
from agencies.imports.normalising import Name, normal, of_unit
from crm_portal.lib.refusals import Refusal

SAME, DIFFERENT = "same", "different"
# Nobody answers more; and it is the questions that make a file of names all alike expensive.
MAX_QUESTIONS = 20_000


class TooMany(Refusal):
    """The file asks more than anybody answers. The message says what to do."""


@dataclass(slots=True)
class Row:
    """A record with what the import would do with it."""

    record: Record
    name: Name | None = None
    status: str = ""
    text: str = ""

    @property
    def line(self):
        return self.record.line


@dataclass
class Bunch:
    """Rows that are certainly one organisation; `agency` is its number if it is on record."""

    id: str
    state: str
    name: object
    agency: int | None = None
    rows: list = field(default_factory=list)

    @property
    def first_line(self):
        return self.rows[0].line if self.rows else 0


@dataclass(frozen=True)
class Pair:
    """Two that may be the same. `one` is new; `other` is new too, or on record."""

    id: str
    one: Bunch
    other: Bunch
    why: str
    decision: str = ""


@dataclass
class Spelling:
    """A name to keep for an agency, with all that undoing the merge needs.

    Spellings of one `group` are another organisation together, which somebody joined to this one.
    `facts` is what its rows say; `replaced` what the agency would say without them and says with
    them: {fact: [without, with]}, at the first of a group.
    """

    written: str
    why: str
    is_first: bool = False  # the agency is made for it
    group: str = ""
    facts: dict = field(default_factory=dict)
    replaced: dict = field(default_factory=dict)


@dataclass
class Target:
    """One agency after the import: the bunches that become it."""

    name: object
    state: str
    bunches: list
    agency: int | None = None
    shown: str = ""
    reasons: dict = field(default_factory=dict)  # bunch id → why a person joined it
    spellings: list = field(default_factory=list)  # to add
    domains: list = field(default_factory=list)  # (domain, written, who has it) to add or move
    facts: dict = field(default_factory=dict)  # field → new value

    def rows(self):
        rows = [row for bunch in self.bunches for row in bunch.rows]
        return sorted(rows, key=lambda row: row.line)


@dataclass
class Matches:
    """What `match` found."""

    rows: list
    targets: list
    pairs: list
    contradictions: list


def match(records, known, decisions):
    """Sort records into agencies. `decisions` says for pairs whether they are the same."""
    rows = [Row(record) for record in records]
    bunches = _bunches(rows, known)
    pairs = _pairs(bunches, known, decisions)
    targets, contradictions = _join(bunches, pairs, known)
    return Matches(rows, targets, pairs, contradictions)


def _bunches(rows, known):
    """{id: bunch}: by a spelling that is known, else by the key of the name."""
    by_key = _agencies_by_key(known)
    bunches = {}
    for row in rows:
        record = row.record
        if record.error:
            continue
        row.name = _name_of(record)
        agency = known.spellings.get((record.state, row.name.written))
        if agency is None:
            agencies = by_key.get((record.state, row.name.key), ())
            # Two of the same name were told apart by a person: ask again.
            agency = next(iter(agencies)) if len(agencies) == 1 else None
        bunch_id = f"a:{agency}" if agency else f"k:{record.state}:{row.name.key}"
        bunch = bunches.get(bunch_id)
        if bunch is None:
            name = _on_record(known.agencies[agency]) if agency else row.name
            bunch = bunches[bunch_id] = Bunch(bunch_id, record.state, name, agency)
        bunch.rows.append(row)
    for bunch in bunches.values():
        if bunch.agency is None:
            bunch.name = _best_name(bunch.rows)
    return bunches


def _name_of(record):
    if record.unit:
        return of_unit(record.name, record.unit, record.state)
    return normal(record.name, record.state)


def _on_record(row):
    """The Name of an agency on record. Shown as it is called: two of one key are told apart."""
    return replace(normal(row["name"], row["state"]), shown=row["name"])


def _agencies_by_key(known):
    """{(state, key): ids}; a suborganisation's spelling has no key of its own and is not here."""
    found = defaultdict(set)
    for row in known.agencies.values():
        found[row["state"], normal(row["name"], row["state"]).key].add(row["pk"])
    for (state, spelling), agency in known.spellings.items():
        found[state, normal(spelling, state).key].add(agency)
    return found


def _best_name(rows):
    """The spelling that most rows lead to; of several, the first."""
    shown = Counter(row.name.shown for row in rows).most_common(1)[0][0]
    return next(row.name for row in rows if row.name.shown == shown)


def _pairs(bunches, known, decisions):
    """Every question that the new bunches raise, those with most rows last asked."""
    new = [bunch for bunch in bunches.values() if bunch.agency is None]
    if not new:
        return []
    everyone = {bunch.id: bunch for bunch in bunches.values()}
    states = {bunch.state for bunch in new}
    nodes = [Node(bunch.id, bunch.state, bunch.name, _acronym(bunch)) for bunch in new]
    for pk, row in known.agencies.items():
        if row["state"] in states:
            name = _on_record(row)
            everyone.setdefault(f"a:{pk}", Bunch(f"a:{pk}", row["state"], name, pk))
            nodes.append(Node(f"a:{pk}", row["state"], name, row["acronym"], on_record=True))
    likeness = Likeness(nodes)
    found = {}
    for node in nodes[: len(new)]:
        bunch = everyone[node.id]
        for other_id, why in _reasons(bunch, node, likeness, known).items():
            one, other = _ask_about(bunch, everyone[other_id])
            pair_id = _pair_id(one, other)
            if pair_id not in found:
                found[pair_id] = Pair(pair_id, one, other, why, decisions.get(pair_id, ""))
        if len(found) > MAX_QUESTIONS:
            raise TooMany(
                _(
                    "More than %(count)s pairs of names in this file are almost alike. Is it the "
                    "column of names? If so, split the file into several."
                )
                % {"count": f"{MAX_QUESTIONS:,}"}
            )
    return sorted(found.values(), key=lambda pair: (pair.one.first_line, pair.other.first_line))


def _reasons(bunch, node, likeness, known):
    reasons = likeness.partners(node)
    for row in bunch.rows:
        owner = known.domains.get(row.record.domain)
        if owner in known.agencies and known.agencies[owner]["state"] == bunch.state:
            reasons.setdefault(
                f"a:{owner}",
                _("The domain %(domain)s is on record there.") % {"domain": row.record.domain},
            )
    return reasons


def _acronym(bunch):
    return next((row.record.acronym for row in bunch.rows if row.record.acronym), "")


def _ask_about(one, other):
    """The question is about the one that is new, or has fewer rows, or comes later."""
    if other.agency is not None:
        return one, other
    ranked = sorted((one, other), key=lambda bunch: (len(bunch.rows), -bunch.first_line))
    return ranked[0], ranked[1]


def _pair_id(one, other):
    """The same for the same two names in every file, so that a decision can be kept."""
    text = "\n".join(sorted([one.id, other.id]))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _join(bunches, pairs, known):
    """The targets, and the sentences about decisions that cannot all be true."""
    together = DisjointSets()
    everyone = dict(bunches)
    for pair in pairs:
        if pair.decision == SAME:
            everyone.setdefault(pair.other.id, pair.other)
            together.join(pair.one.id, pair.other.id)
    groups = defaultdict(list)
    for bunch_id, bunch in everyone.items():
        groups[together.leader(bunch_id)].append(bunch)
    contradictions = [
        _("“%(one)s” and “%(other)s” were said to be different, but also the same as a third.")
        % {"one": pair.one.name.shown, "other": pair.other.name.shown}
        for pair in pairs
        if pair.decision == DIFFERENT
        and together.leader(pair.one.id) == together.leader(pair.other.id)
    ]
    targets = []
    for group in groups.values():
        target, trouble = _target(group, known)
        targets.append(target)
        contradictions += trouble
    _explain(targets, pairs)
    return targets, contradictions


def _target(group, known):
    on_record = [bunch for bunch in group if bunch.agency is not None]
    main = max(on_record or group, key=lambda bunch: (len(bunch.rows), -bunch.first_line))
    trouble = []
    if len(on_record) > 1:
        trouble.append(
            _("The decisions make one of “%(one)s” and “%(other)s”, which are both on record.")
            % {"one": on_record[0].name.shown, "other": on_record[1].name.shown}
        )
    shown = known.agencies[main.agency]["name"] if main.agency else main.name.shown
    return Target(main.name, main.state, group, main.agency, shown), trouble


def _explain(targets, pairs):
    """Remember for each bunch that a person joined to another why it was asked."""
    why = {pair.one.id: pair.why for pair in pairs if pair.decision == SAME}
    why |= {
        pair.other.id: pair.why
        for pair in pairs
        if pair.decision == SAME and pair.other.id not in why
    }
    for target in targets:
        if len(target.bunches) > 1:
            target.reasons = {
                bunch.id: why[bunch.id]
                for bunch in target.bunches
                if bunch.name is not target.name and bunch.id in why
            }
