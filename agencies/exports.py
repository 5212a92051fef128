"""Lists to take away, as rows of cells; `crm_portal.lib.sheets` writes them."""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.vocabulary import words
from agencies.queries import backup_liaisons, primary_liaisons
from agencies.queries.pages import add_names

BATCH = 500


def _batches(rows):
    """Lists of rows, so that what belongs to them is read once for many, and memory stays flat."""
    chunk = []
    for row in rows.iterator(chunk_size=BATCH):
        chunk.append(row)
        if len(chunk) == BATCH:
            yield chunk
            chunk = []
    yield chunk


def agencies(rows, today, zone):
    """Rows of agencies. The zone is given: when the lines are made, the request's is gone."""
    yield [
            words().Agency, _("Acronym"), _("State"), _("Part of"), _("Tier"), _("Governance"),
            _("Branch"), _("Cabinet"), _("City"), _("Head count"), _("Primary liaison"),
            _("Backup liaison"), _("Last contact"), _("Last visit"), _("Domains"),
        ]  # fmt: skip
    for chunk in _batches(rows.select_related("parent").prefetch_related("domains")):
        ids = [row.pk for row in chunk]
        primary, backup = primary_liaisons(ids, today), backup_liaisons(ids, today)
        for row in chunk:
            yield [
                    row.name, row.acronym, row.state, row.parent or "", row.tier,
                    row.get_governance_display(), row.get_branch_display(), row.cabinet, row.city,
                    _number(row.head_count), primary.get(row.pk, ""), backup.get(row.pk, ""),
                    _day(row.last_contact_at, zone), _day(row.last_visit_at, zone),
                    " ".join(domain.domain for domain in row.domains.all()),
                ]  # fmt: skip


def meetings(user, rows, zone):
    """Rows of meetings with the agencies that the user sees."""
    yield [
            _("Number"), words().Agencies, _("When"), _("How"), _("Minutes"), _("Impression"),
            _("Restricted"), _("Logged by"), _("Note"),
        ]  # fmt: skip
    for chunk in _batches(rows.select_related("logged_by")):
        add_names(user, chunk)
        for row in chunk:
            yield [
                    row.pk, "; ".join(agency.name for agency in row.seen), _time(row.held_at, zone),
                    row.get_mode_display(), _number(row.minutes), row.get_mood_display() or "",
                    _("yes") if row.restricted else "", row.logged_by, row.note,
                ]  # fmt: skip


def _number(value):
    return "" if value is None else value


def _day(instant, zone):
    return timezone.localtime(instant, zone).date().isoformat() if instant else ""


def _time(instant, zone):
    return timezone.localtime(instant, zone).isoformat(sep=" ", timespec="minutes")
