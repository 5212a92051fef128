"""What an import would do, row by row, before anybody says yes. Pure."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from accounts.vocabulary import words
from agencies.imports import explaining
from agencies.imports.matching import Spelling, match
from agencies.imports.saying import FACTS, Sayings

NEW, SAME, CHANGED, SUSPICIOUS, ERROR = "new", "same", "changed", "suspicious", "error"
STATUSES = (NEW, SAME, CHANGED, SUSPICIOUS, ERROR)
_BLANK = {"city": "", "acronym": "", "head_count": None, "cabinet": ""}


@dataclass
class Preview:
    """`blockers` are sentences; with any, nothing can be applied."""

    rows: list
    pairs: list
    targets: list
    contradictions: list
    counts: dict = field(default_factory=dict)
    fingerprint: str = ""

    @property
    def undecided(self):
        return [pair for pair in self.pairs if not pair.decision]

    @property
    def errors(self):
        return self.counts["rows"][ERROR]

    @property
    def changes_nothing(self):
        return not any(self.counts[what] for what in ("created", "changed"))


def build(records, known, decisions):
    """The preview of these records beside what is known."""
    matches = match(records, known, decisions)
    _refuse_shared_domains(matches.targets, known)
    targets = [target for target in matches.targets if _live_rows(target)]
    _name_apart(targets, known, {p.one.id for p in matches.pairs if not p.decision})
    targets = [target for target in targets if _live_rows(target)]
    for target in targets:
        _collect(target, known)
    for row in matches.rows:
        if row.record.error:
            row.status, row.text = ERROR, row.record.error
    together = {bunch.id: at for at, t in enumerate(matches.targets) for bunch in t.bunches}
    pairs = [pair for pair in matches.pairs if pair.decision or _apart(pair, together)]
    _mark_suspicious(pairs)
    preview = Preview(matches.rows, pairs, targets, matches.contradictions)
    preview.counts = _counts(preview)
    preview.fingerprint = _fingerprint(preview)
    return preview


def _apart(pair, together):
    """A question that other decisions have answered already is not asked."""
    return together.get(pair.one.id) != together.get(pair.other.id, -1)


def _live_rows(target):
    return [row for row in target.rows() if not row.record.error]


def _refuse_shared_domains(targets, known):
    """A domain belongs to one agency: a later row that gives it to another is an error, and so is
    one that gives away what an agency of another state has."""
    owners = {}
    rows = [(row, target) for target in targets for row in target.rows() if row.record.domain]
    for row, target in sorted(rows, key=lambda pair: pair[0].line):
        line, owner = owners.setdefault(row.record.domain, (row.line, target))
        if owner is not target:
            row.record.error = _(
                "Line %(line)s gives %(domain)s to “%(name)s”. A domain belongs to one only."
            ) % {"line": line, "domain": row.record.domain, "name": owner.shown}
        elif row.record.domain in known.elsewhere:
            row.record.error = _(
                "%(domain)s is on record with “%(name)s”. A domain belongs to one only."
            ) % {"domain": row.record.domain, "name": known.elsewhere[row.record.domain]}


def _name_apart(targets, known, undecided):
    """Two agencies of a state never have one name: the later takes its spelling as written. One
    that may still turn out to be the other (`undecided` bunches) is no error yet."""
    taken = {(row["state"], row["name"].lower()) for row in known.agencies.values()}
    for target in targets:
        if target.agency is not None:
            continue
        free = [
            name
            for name in (target.shown, target.name.written)
            if len(name) <= 200 and (target.state, name.lower()) not in taken
        ]
        if not free and undecided.intersection(bunch.id for bunch in target.bunches):
            continue
        if not free:
            for row in target.rows():
                row.record.error = row.record.error or _(
                    "The name is too long, or belongs to another. Change it in the file."
                )
            continue
        target.shown = free[0]
        taken.add((target.state, target.shown.lower()))


def _collect(target, known):
    """Fill in what the target's rows add, and say so at each row."""
    rows = _live_rows(target)
    seen_spellings, seen_domains = set(), set()
    sayings = Sayings(rows)
    bunch_of = {id(row): bunch for bunch in target.bunches for row in bunch.rows}
    target.facts = _facts(target, sayings, known)
    first = _first(target, rows)
    for number, row in enumerate(rows):
        said = []
        written, domain = row.name.written, row.record.domain
        is_first = row is first
        if written not in seen_spellings and (target.state, written) not in known.spellings:
            why = _why(target, row, bunch_of[id(row)], is_first)
            target.spellings.append(Spelling(written, why[:200], is_first, _group(row, target)))
            if not is_first:
                said.append(_("another spelling (%(why)s)") % {"why": _inside(why)})
        seen_spellings.add(written)
        if domain and domain not in seen_domains:
            said += _take_domain(target, domain, written, known)
        seen_domains.add(domain)
        if number == 0 and target.agency is not None:
            said += _fact_words(target, known)
        row.status = NEW if is_first else CHANGED if said else SAME
        row.text = _text(target, row, said, known)
    _remember_facts(target, rows, sayings, known)


def _first(target, rows):
    """The row that a new agency is made for: the first of those that give it its name."""
    if target.agency is not None:
        return None
    return next((row for row in rows if row.name.key == target.name.key), rows[0])


def _group(row, target):
    """The same for all spellings of an organisation that somebody joined to the target."""
    if row.name.key == target.name.key:
        return ""
    return hashlib.sha256(row.name.key.encode()).hexdigest()[:16]


def _remember_facts(target, rows, sayings, known):
    """Note at each new spelling what its rows say and what they replace."""
    by_spelling, by_group = defaultdict(list), defaultdict(list)
    for row in rows:
        by_spelling[row.name.written].append(row)
        by_group[_group(row, target)].append(row)
    done = set()
    for spelling in target.spellings:
        own = by_spelling[spelling.written]
        spelling.facts = Sayings(own).facts()
        if spelling.is_first or spelling.group in done:
            continue
        if spelling.group:
            done.add(spelling.group)
            own = by_group[spelling.group]
        spelling.replaced = _replaced(target, sayings, own, known)


def _replaced(target, sayings, own, known):
    """{fact: [what it would be without these rows, what it is now]}."""
    before = known.agencies.get(target.agency, _BLANK)
    alone = {**before, **_facts(target, sayings, known, without=own)}
    now = {**before, **target.facts}
    return {fact: [alone[fact], now[fact]] for fact in FACTS if alone[fact] != now[fact]}


def _inside(sentence):
    """A sentence as part of another."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _why(target, row, bunch, is_first):
    if is_first:
        return explaining.first()
    if bunch.id in target.reasons:
        return _("%(why)s Somebody decided: the same.") % {"why": target.reasons[bunch.id]}
    return explaining.same_name(row.name, target.name)


def _take_domain(target, domain, written, known):
    owner = known.domains.get(domain)
    if owner is not None and owner == target.agency:
        return []
    target.domains.append((domain, written, owner))
    if owner in known.agencies:
        return [
            _("domain %(domain)s moves here from “%(name)s”")
            % {"domain": domain, "name": known.agencies[owner]["name"]}
        ]
    return [_("adds domain %(domain)s") % {"domain": domain}]


def _facts(target, sayings, known, *, without=()):
    """Facts that the rows give and the record does not have."""
    before = known.agencies[target.agency] if target.agency else _BLANK
    facts = sayings.facts(without=without, with_bracketed=not before["acronym"])
    return {fact: value for fact, value in facts.items() if value != before[fact]}


def _fact_words(target, known):
    before = known.agencies[target.agency]
    return [
        _("%(fact)s changes from “%(old)s” to “%(new)s”")
        % {"fact": fact.replace("_", " "), "old": before[fact] or "", "new": value}
        if before[fact]
        else _("%(fact)s becomes “%(new)s”") % {"fact": fact.replace("_", " "), "new": value}
        for fact, value in target.facts.items()
    ]


def _text(target, row, said, known):
    if row.status == NEW:
        said = [
            _("New %(agency)s “%(name)s”") % {"agency": words().agency, "name": target.shown},
            *said,
        ]
    elif row.status == CHANGED:
        said[0] = _("“%(name)s”: %(what)s") % {"name": target.shown, "what": said[0]}
    else:
        said = [_("Nothing new about “%(name)s”") % {"name": target.shown}]
    notes = [row.record.note]
    before = known.agencies.get(target.agency)
    if row.status == CHANGED and before and before["closed_on"]:
        notes.insert(0, _("It is closed."))
    return " ".join([f"{'; '.join(said)}.", *filter(None, notes)])


def _mark_suspicious(pairs):
    """A row tells the last of the questions about it."""
    last = {pair.one.id: pair for pair in pairs if not pair.decision}
    for pair in last.values():
        for row in pair.one.rows:
            if row.status != ERROR:
                row.status = SUSPICIOUS
                row.text = _("Is this the same as “%(name)s”? %(why)s") % {
                    "name": pair.other.name.shown,
                    "why": pair.why,
                }


def _counts(preview):
    by_status = Counter(row.status for row in preview.rows)
    created = [target for target in preview.targets if target.agency is None]
    changed = [
        target
        for target in preview.targets
        if target.agency is not None and (target.spellings or target.domains or target.facts)
    ]
    return {
        "rows": {status: by_status[status] for status in STATUSES},
        "all": len(preview.rows),
        "created": len(created),
        "changed": len(changed),
        "merged": sum(
            len(target.spellings) - (target.agency is None) for target in preview.targets
        ),
        "domains": sum(len(target.domains) for target in preview.targets),
    }


def _fingerprint(preview):
    """Two previews with the same one would write the same rows."""
    digest = hashlib.sha256()
    for row in preview.rows:
        digest.update(f"{row.line}\0{row.status}\0{row.text}\n".encode())
    for target in preview.targets:
        digest.update(f"{target.agency}\0{target.shown}\n".encode())
    return digest.hexdigest()
