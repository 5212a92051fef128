"""Large spreadsheets, looked at and taken over by a worker while their owner sees how far it is."""

from contextlib import contextmanager

import structlog
from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from agencies.models import ImportDraft
from agencies.services import imports, previews
from crm_portal.lib.refusals import Refusal

log = structlog.get_logger(__name__)

# After so many workers that died or failed over a file, nobody tries it again by itself.
MAX_TRIES = 3
# Reading is about a third of the work, rows of 50 bytes the shortest that anybody has.
_READING_PERCENT, _BYTES_A_ROW = 30, 50


def work(*, now):
    """Look at, or import, each upload for which somebody waits, the oldest first.

    Whatever kills it, the upload stays wanted, and the next call does it again. One call at a
    time works on an upload; others pass it by.
    """
    waiting = ImportDraft.objects.filter(is_wanted=True).order_by("uploaded_at", "pk")
    for pk in list(waiting.values_list("pk", flat=True)):
        with _alone(pk) as is_ours:
            if is_ours:
                _work_on(pk, now)


def _work_on(pk, now):
    draft = ImportDraft.objects.filter(pk=pk, is_wanted=True).first()
    if draft is None:
        return
    if draft.tries >= MAX_TRIES:
        log.error("import_given_up", draft=pk)
        previews.refuse(
            draft, _("The file could not be worked through. Split it, or ask an administrator.")
        )
        return
    ImportDraft.objects.filter(pk=pk).update(tries=F("tries") + 1)
    try:
        if draft.import_as:
            _import(draft, now)
        else:
            previews.make(draft, _reporter(draft))
    except ImportDraft.DoesNotExist:
        log.info("import_thrown_away", draft=pk)
    except Refusal as refusal:
        previews.refuse(draft, str(refusal))


def _import(draft, now):
    try:
        imports.apply(draft=draft, fingerprint=draft.import_as, by=draft.by, now=now)
    except imports.Changed as changed:
        previews.make(draft, _reporter(draft), refusal=str(changed))


def _reporter(draft):
    rows = max(draft.size // _BYTES_A_ROW, 1)

    def report(done):
        percent = min(_READING_PERCENT * done // rows, _READING_PERCENT)
        ImportDraft.objects.filter(pk=draft.pk).update(percent=percent)

    return report


@contextmanager
def _alone(pk):
    """Whether nobody else works on this upload; the database forgets a worker that died."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"import:{pk}"])
        is_ours = cursor.fetchone()[0]
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"import:{pk}"]
                )
