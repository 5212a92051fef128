"""A preview as bytes, so that each look at it need not make it again."""

import gzip
import json
from types import SimpleNamespace

from agencies.imports.columns import Record
from agencies.imports.matching import Bunch, Pair, Row
from agencies.imports.preview import Preview


def packed(plan):
    """What pages show of the preview; what an import would write is made anew by the import."""
    numbers = {id(row): number for number, row in enumerate(plan.rows)}

    def bunch(one):
        return [one.id, one.state, one.name.shown, one.name.written, one.agency,
                [numbers[id(row)] for row in one.rows]]  # fmt: skip

    kept = {
        "rows": [
            [row.line, row.record.name, row.record.unit, row.record.state, row.status, row.text]
            for row in plan.rows
        ],
        "pairs": [
            [pair.id, bunch(pair.one), bunch(pair.other), pair.why, pair.decision]
            for pair in plan.pairs
        ],
        "contradictions": plan.contradictions,
        "counts": plan.counts,
        "fingerprint": plan.fingerprint,
    }
    # Nobody sees what is kept but who uploaded it: quickly packed is well enough.
    return gzip.compress(json.dumps(kept).encode(), compresslevel=1)


def unpacked(content):
    """A Preview without targets."""
    kept = json.loads(gzip.decompress(bytes(content)))
    rows = [
        Row(Record(line, name, unit, state), status=status, text=text)
        for line, name, unit, state, status, text in kept["rows"]
    ]

    def bunch(bunch_id, state, shown, written, agency, numbers):
        name = SimpleNamespace(shown=shown, written=written)
        return Bunch(bunch_id, state, name, agency, [rows[number] for number in numbers])

    pairs = [
        Pair(pair_id, bunch(*one), bunch(*other), why, decision)
        for pair_id, one, other, why, decision in kept["pairs"]
    ]
    return Preview(rows, pairs, [], kept["contradictions"], kept["counts"], kept["fingerprint"])
