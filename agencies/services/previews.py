"""What an import would do: made at once for a small file, by a worker for a large one, and kept."""

import gzip
import hashlib

from django.db.models import F
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.vocabulary import words
from agencies.imports import columns, kept, preview, reading
from agencies.imports.existing import known, state_of_registry
from agencies.imports.states import STATES
from agencies.models import Agency, ImportDraft
from crm_portal.events import publish
from crm_portal.lib.refusals import Refusal

# Bytes. At 250 kB a second of ordinary rows, and half of that at worst, the answer to an upload
# of this size comes within a second; who uploads more sees how far the worker is.
AT_ONCE = 100_000
# How many rows lie between two signs of life.
_STRIDE = 2_000


def sheet_of(draft):
    """The draft's table, read anew."""
    content = gzip.decompress(bytes(draft.content))
    return reading.read(content, draft.encoding, draft.delimiter)


def preview_of(draft, report=lambda rows: None, *, hold=False):
    """What the import would do now, made anew. Refuses a file without a column of names, and one
    that asks more than anybody answers. `report` is told how many rows were read so far. With
    `hold`, nobody else changes the agencies that it compares with before the transaction ends."""
    if "name" not in draft.columns:
        raise Refusal(_("Say which column holds the names."))
    records = []
    for record in columns.records(sheet_of(draft), draft.columns, draft.default_state):
        records.append(record)
        if len(records) % _STRIDE == 0:
            report(len(records))
    states = {record.state for record in records if record.state in STATES}
    if hold:
        rows = Agency.objects.filter(state__in=states).order_by("pk")
        list(rows.select_for_update(no_key=True).values("pk"))
    return preview.build(records, known(states), draft.decisions)


def is_large(draft):
    return draft.size > AT_ONCE


def plan_of(draft):
    """(the preview, whether the portal's agencies changed since it was made). Of a small file it
    is never old; of a large one it is what the worker made last, or None. Refuses as `preview_of`
    does."""
    of = _of(draft)
    if draft.plan is not None and (draft.plan_of == of or is_large(draft)):
        return kept.unpacked(draft.plan), draft.plan_of != of
    if is_large(draft):
        return None, False
    return preview_of(draft), False


def look_again(draft):
    """Something changed that the preview follows from: make it anew, or let a worker do so."""
    same = ImportDraft.objects.filter(pk=draft.pk)
    same.update(revision=F("revision") + 1, plan=None, plan_of="")
    draft.refresh_from_db(fields=["revision", "plan", "plan_of"])
    if is_large(draft):
        want(draft)
        return
    try:
        keep(draft, _of(draft), preview_of(draft))
    except Refusal:
        # Whoever looks is told why.
        pass


def want(draft, *, import_as=""):
    """Let a worker make the preview, or import it with this fingerprint."""
    draft.is_wanted, draft.import_as = True, import_as
    draft.tries, draft.percent, draft.refusal = 0, 0, ""
    draft.save(update_fields=["is_wanted", "import_as", "tries", "percent", "refusal"])
    publish("import_wanted", draft_id=draft.pk)


def make(draft, report, *, refusal=""):
    """Make the preview of an upload and keep it, with the sentence that goes with it. What was
    made of something that changed meanwhile is thrown away, and stays wanted."""
    of = _of(draft)
    keep(draft, of, preview_of(draft, report), refusal=refusal)


def keep(draft, of, plan, *, refusal=""):
    still = ImportDraft.objects.filter(pk=draft.pk, revision=draft.revision, result=None)
    still.update(plan=kept.packed(plan), plan_of=of, is_wanted=False, import_as="", refusal=refusal)
    draft.refresh_from_db(fields=["plan", "plan_of", "is_wanted", "import_as", "refusal"])


def refuse(draft, sentence):
    """Give up, and say why."""
    still = ImportDraft.objects.filter(pk=draft.pk, revision=draft.revision, result=None)
    still.update(is_wanted=False, import_as="", refusal=sentence)


def _of(draft):
    """What a preview made now is made of, its words included."""
    facts = [draft.revision, get_language(), words(), state_of_registry()]
    return hashlib.sha256("|".join(map(str, facts)).encode()).hexdigest()
