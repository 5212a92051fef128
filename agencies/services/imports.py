"""Spreadsheets: uploaded, mapped, looked at, decided on, and taken over all or nothing."""

import gzip
import hashlib
from itertools import groupby

from django.utils.translation import gettext as _

from accounts.history import service
from agencies.imports import columns, reading
from agencies.imports.matching import DIFFERENT, SAME
from agencies.models import Agency, AgencyDomain, AgencyImport, AgencySpelling, ImportDraft
from agencies.services import previews
from agencies.services.previews import preview_of, sheet_of
from agencies.services.rules import explained
from crm_portal.lib import locks
from crm_portal.lib.locks import Rule
from crm_portal.lib.refusals import Refusal

_BATCH = 1000


class Changed(Refusal):
    """What the import would do is no longer what was shown."""


@service
def upload(*, file_name, content, default_state="", by, now):
    """Keep a spreadsheet for a look. Refuses what is no table. Columns are guessed."""
    draft = draft_of(file_name, content, default_state, by, now)
    draft.save()
    previews.look_again(draft)
    return draft


def draft_of(file_name, content, default_state, by, now):
    """The same, unsaved: for a look that leaves nothing behind."""
    sheet = reading.read(content)
    return ImportDraft(
        by=by,
        uploaded_at=now,
        file_name=file_name[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        content=gzip.compress(content, compresslevel=6),
        size=len(content),
        encoding=sheet.encoding,
        columns=columns.guess(sheet.headings),
        default_state=default_state,
    )


@service
def map_columns(*, draft, mapping, encoding, delimiter="", default_state, by):
    """Say which column holds what, and how the file is to be read. Refuses what cannot be read so;
    then all stays as it was. A file that is cut otherwise has other columns: they are guessed."""
    draft = _held(draft)
    before = sheet_of(draft)
    draft.encoding, draft.delimiter, draft.default_state = encoding, delimiter, default_state
    anew = sheet_of(draft)
    is_cut_as_before = anew.delimiter == before.delimiter
    draft.columns = mapping if is_cut_as_before else columns.guess(anew.headings)
    draft.save(update_fields=["columns", "encoding", "delimiter", "default_state"])
    previews.look_again(draft)


@service
def decide(*, draft, decisions, leave_out_errors, by):
    """Keep what a person said about pairs, beside what was said before."""
    draft = _held(draft)
    wanted = {pair: said for pair, said in decisions.items() if said in (SAME, DIFFERENT)}
    draft.decisions = {**draft.decisions, **wanted}
    draft.leave_out_errors = leave_out_errors
    draft.save(update_fields=["decisions", "leave_out_errors"])
    previews.look_again(draft)


@service
def discard(*, draft, by):
    """Throw an upload away. One that was taken over stays. A second call does nothing."""
    if ImportDraft.objects.filter(pk=draft.pk).exists():
        _held(draft).delete()


@service
def apply(*, draft, fingerprint, by, now):
    """Take everything over, or nothing. A second call returns the first one's result.

    Refuses while anything is undecided or wrong, and raises Changed when the portal's rows
    changed so that more or less would happen than `fingerprint` stands for.
    """
    # One import at a time, and no spelling changes hands, so that a preview stays true.
    locks.hold(Rule.SPELLINGS)
    draft = _held(draft, may_be_done=True)
    if draft.result_id:
        return draft.result
    plan = preview_of(draft, hold=True)
    if plan.fingerprint != fingerprint:
        raise Changed(_("Something changed since you looked. Look at the preview once more."))
    for sentence in blockers(plan, draft.leave_out_errors):
        raise Refusal(sentence)
    result = _record_run(draft, plan, by, now)
    with explained():
        _write(plan.targets, result)
    draft.result, draft.content, draft.plan, draft.is_wanted = result, b"", None, False
    draft.save(update_fields=["result", "content", "plan", "is_wanted"])
    return result


@service
def confirm(*, draft, fingerprint, by):
    """Let a worker take over what was shown. Refuses what `apply` would refuse at a glance; a
    second call changes nothing."""
    draft = _held(draft)
    if draft.is_wanted:
        return
    plan, _is_old = previews.plan_of(draft)
    if plan is None or plan.fingerprint != fingerprint:
        raise Changed(_("Something changed since you looked. Look at the preview once more."))
    for sentence in blockers(plan, draft.leave_out_errors):
        raise Refusal(sentence)
    previews.want(draft, import_as=fingerprint)


def blockers(plan, leave_out_errors):
    """Sentences that say what must be done before the import can be applied."""
    if plan.changes_nothing and (leave_out_errors or not plan.errors):
        yield _("There is nothing new in this file: everything is on record already.")
    if plan.undecided:
        yield _("Say for every pair whether it is the same: %(count)s are open.") % {
            "count": len(plan.undecided)
        }
    yield from plan.contradictions
    if plan.errors and not leave_out_errors:
        yield _(
            "%(count)s rows have errors. Correct them in the file and upload it again, "
            "or choose to leave them out."
        ) % {"count": plan.errors}


def _held(draft, *, may_be_done=False):
    """The upload as it stands now, held. Refuses one that is gone, or has become agencies."""
    row = ImportDraft.objects.select_for_update().filter(pk=draft.pk).first()
    if row is None:
        raise Refusal(_("This file was thrown away meanwhile. Upload it again."))
    if row.result_id and not may_be_done:
        raise Refusal(_("This file has been imported already. Upload it again to look anew."))
    return row


def _record_run(draft, plan, by, now):
    return AgencyImport.objects.create(
        file_name=draft.file_name,
        sha256=draft.sha256,
        by=by,
        at=now,
        rows=plan.counts["all"],
        created=plan.counts["created"],
        changed=plan.counts["changed"],
        merged=plan.counts["merged"],
    )


def _write(targets, result):
    new = [target for target in targets if target.agency is None]
    made = Agency.objects.bulk_create(
        (Agency(state=target.state, name=target.shown, **target.facts) for target in new),
        batch_size=_BATCH,
    )
    for target, agency in zip(new, made, strict=True):
        target.agency = agency.pk
    new_ones = {target.agency for target in new}
    _write_facts([target for target in targets if target.agency not in new_ones and target.facts])
    spellings = AgencySpelling.objects.bulk_create(
        (
            AgencySpelling(
                agency_id=target.agency,
                state=target.state,
                spelling=spelling.written,
                reason=spelling.why,
                group=spelling.group,
                facts=spelling.facts,
                replaced=spelling.replaced,
                is_first=spelling.is_first,
                source=result,
            )
            for target in targets
            for spelling in target.spellings
        ),
        batch_size=_BATCH,
    )
    _write_domains(targets, {(row.state, row.spelling): row for row in spellings}, result)


def _write_facts(targets):
    """One statement per set of facts that change, not per agency."""
    ids = sorted(target.agency for target in targets)
    rows = Agency.objects.in_bulk(ids)

    def facts_of(target):
        return sorted(target.facts)

    for facts, group in groupby(sorted(targets, key=facts_of), key=facts_of):
        changed = []
        for target in group:
            row = rows[target.agency]
            row.version += 1
            for fact in facts:
                setattr(row, fact, target.facts[fact])
            changed.append(row)
        Agency.objects.bulk_update(changed, [*facts, "version"], batch_size=_BATCH)


def _write_domains(targets, new_spellings, result):
    wanted = [(target, *domain) for target in targets for domain in target.domains]
    if not wanted:
        return
    states = {target.state for target, *_domain in wanted}
    spellings = {
        (row.state, row.spelling): row for row in AgencySpelling.objects.filter(state__in=states)
    } | new_spellings
    AgencyDomain.objects.bulk_create(
        (
            AgencyDomain(
                agency_id=target.agency,
                domain=domain,
                spelling=spellings.get((target.state, written)),
                moved_from_id=owner,
                moved_by=result if owner else None,
            )
            for target, domain, written, owner in wanted
        ),
        batch_size=_BATCH,
        # A domain that moves keeps its row.
        update_conflicts=True,
        unique_fields=["domain"],
        update_fields=["agency", "spelling", "moved_from", "moved_by"],
    )
