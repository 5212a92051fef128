"""Large spreadsheets: a worker looks at them and takes them over, whatever kills it."""

import os
import signal
import subprocess
import sys
import threading
import uuid
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from agencies.imports import kept, matching, preview
from agencies.models import Agency, AgencyImport, ImportDraft
from agencies.services import import_work, imports, previews
from crm_portal import events
from crm_portal.tick import STEPS
from tests.agencies.sheets import decide_all, sheet, take_over, upload
from tests.agencies.test_import import database_in_use
from tests.factories import AgencyFactory

pytestmark = pytest.mark.django_db


def large(count=3_000, last=""):
    """More than is looked at in a request. Numbers tell the names apart: nothing is asked."""
    rows = [f"Bureau of Subject{n} Research,CO,Denver,d{n}.gov" for n in range(count)]
    return sheet(*rows, *filter(None, [last]))


@pytest.fixture
def as_cco(client, cco):
    client.force_login(cco)
    return client


def key():
    return str(uuid.uuid4())


def send(client, content):
    file = SimpleUploadedFile("agencies.csv", content, content_type="text/csv")
    return client.post("/agencies/import/", {"file": file, "submit_key": key()}).url


def the_draft():
    return ImportDraft.objects.get()


# ---- In the words of who uploads ----------------------------------------------------------------


def test_a_large_file_is_worked_on_while_its_page_says_how_far_it_is(as_cco, now):
    url = send(as_cco, large())
    waiting = as_cco.get(url).text
    assert "The file is being looked at" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert f'<a href="{url}">' in waiting  # without a script
    part = as_cco.get(url, headers={"hx-request": "true"})
    assert "<html" not in part.text
    assert "HX-Refresh" not in part
    import_work.work(now=now)
    assert as_cco.get(url, headers={"hx-request": "true"})["HX-Refresh"] == "true"
    page = as_cco.get(url)
    assert "3000 rows" in page.text
    confirmed = {"fingerprint": page.context["plan"].fingerprint, "submit_key": key()}
    assert as_cco.post(f"{url}apply/", confirmed).url == url
    assert "The file is being taken over" in as_cco.get(url).text
    assert not Agency.objects.exists()
    import_work.work(now=now)
    assert "/imported/" in as_cco.get(url).url
    assert Agency.objects.count() == 3_000


def test_a_small_file_is_looked_at_at_once(as_cco):
    url = send(as_cco, sheet("Water Board,CO,Denver,water.gov"))
    assert "1 will be new" in as_cco.get(url).text
    assert not the_draft().is_wanted


def test_looking_again_makes_nothing_again(as_cco, now, monkeypatch):
    small, big = send(as_cco, sheet("Water Board,CO,,")), send(as_cco, large())
    import_work.work(now=now)
    monkeypatch.setattr(preview, "build", None)
    for url in (small, big):
        for address in (url, f"{url}?show=new", f"{url}?show=new&page=2"):
            assert as_cco.get(address).status_code == 200


def test_other_columns_and_decisions_make_the_preview_anew(as_cco, cco, now):
    url = send(
        as_cco, large(last="Bureau of Subjects Research,CO,,\nBureau of Subject Research,CO,,")
    )
    import_work.work(now=now)
    [pair] = as_cco.get(url).context["pairs"]
    as_cco.post(f"{url}decide/", {f"pair-{pair.id}": "same"})
    assert "being looked at" in as_cco.get(url).text
    import_work.work(now=now)
    assert "Decided" in as_cco.get(url).text
    as_cco.post(
        f"{url}columns/", {"encoding": "utf-8-sig", "column_name": "2", "default_state": "CO"}
    )
    import_work.work(now=now)
    assert as_cco.get(url).context["plan"].counts["created"] == 1


def test_a_file_without_a_column_of_names_says_so(as_cco, now):
    url = send(as_cco, large().replace(b"Name,", b"Nothing,"))
    import_work.work(now=now)
    assert "Say which column holds the names." in as_cco.get(url).text
    assert not the_draft().is_wanted


@pytest.mark.parametrize("count", [200, 9_000])
def test_a_file_that_asks_too_much_is_refused_with_advice(as_cco, now, monkeypatch, count):
    monkeypatch.setattr(matching, "MAX_QUESTIONS", 500)
    url = send(as_cco, sheet(*[f"Wate{chr(0x4E00 + n)}works,CO,," for n in range(count)]))
    import_work.work(now=now)
    page = as_cco.get(url).text
    assert "More than 500 pairs of names in this file are almost alike." in page
    assert "split the file into several" in page


def test_what_changed_on_record_meanwhile_is_said(as_cco, now):
    url = send(as_cco, large())
    import_work.work(now=now)
    page = as_cco.get(url)
    assert "changed since this preview was made" not in page.text
    AgencyFactory(name="Bureau of Subject7 Research")
    assert "changed since this preview was made" in as_cco.get(url).text
    fields = {"fingerprint": page.context["plan"].fingerprint, "submit_key": key()}
    as_cco.post(f"{url}apply/", fields)
    import_work.work(now=now)
    page = as_cco.get(url)
    assert "Something changed since you looked." in page.text
    assert page.context["plan"].counts["created"] == 2_999
    assert AgencyImport.objects.count() == 0


def test_a_small_file_shows_what_is_on_record_now(as_cco):
    url = send(as_cco, sheet("Water Board,CO,,"))
    assert as_cco.get(url).context["plan"].counts["created"] == 1
    AgencyFactory(name="Water Board")
    assert as_cco.get(url).context["plan"].counts["created"] == 0


def test_only_what_was_shown_is_confirmed(as_cco, now):
    url = send(as_cco, large())
    import_work.work(now=now)
    answer = as_cco.post(f"{url}apply/", {"fingerprint": "0" * 64, "submit_key": key()})
    assert answer.status_code == 422
    assert "Look at the preview once more." in answer.text
    assert not the_draft().is_wanted


# ---- The work ------------------------------------------------------------------------------------


def test_the_tick_finds_what_the_event_did_not_bring(cco, now, monkeypatch):
    rung = []
    monkeypatch.setattr(events, "publish", lambda event, **ids: rung.append(event))
    monkeypatch.setattr(previews, "publish", lambda event, **ids: rung.append(event))
    upload(large(), cco, now)
    assert rung == ["import_wanted"]
    assert STEPS[-1] == "agencies.services.import_work.work"
    import_work.work(now=now)
    assert the_draft().plan is not None


def test_what_is_kept_is_what_was_made(cco, now, real_file):
    take_over(sheet("Departmant of Law,CO,,"), cco, now)
    draft = upload(real_file, cco, now)
    made = imports.preview_of(draft)
    again = kept.unpacked(kept.packed(made))
    rows = [
        (r.line, r.record.name, r.record.unit, r.record.state, r.status, r.text) for r in made.rows
    ]
    assert [(r.line, r.record.name, r.record.unit, r.record.state, r.status, r.text)
            for r in again.rows] == rows  # fmt: skip

    def told(pair):
        sides = [(b.id, b.state, b.name.shown, b.name.written, b.agency, b.first_line, len(b.rows))
                 for b in (pair.one, pair.other)]  # fmt: skip
        return pair.id, sides, pair.why, pair.decision

    assert [told(pair) for pair in again.pairs] == [told(pair) for pair in made.pairs]
    assert (again.counts, again.fingerprint) == (made.counts, made.fingerprint)
    assert list(imports.blockers(again, False)) == list(imports.blockers(made, False))


def test_what_changed_while_it_was_made_is_made_again(cco, now, monkeypatch):
    draft = upload(large(), cco, now)
    build = preview.build

    def slowly(*args):
        plan = build(*args)
        if the_draft().default_state != "NY":
            same = ImportDraft.objects.get(pk=draft.pk)
            imports.map_columns(draft=same, mapping=same.columns, encoding="utf-8-sig",
                                default_state="NY", by=cco)  # fmt: skip
        return plan

    monkeypatch.setattr(preview, "build", slowly)
    import_work.work(now=now)
    assert (the_draft().is_wanted, the_draft().plan) == (True, None)
    import_work.work(now=now)
    assert (the_draft().is_wanted, the_draft().plan is None) == (False, False)


def test_a_file_that_breaks_every_worker_is_given_up_in_words(cco, now, monkeypatch):
    draft = upload(large(), cco, now)
    monkeypatch.setattr(preview, "build", lambda *_args: 1 / 0)
    for _ in range(import_work.MAX_TRIES):
        with pytest.raises(ZeroDivisionError):
            import_work.work(now=now)
    import_work.work(now=now)
    draft.refresh_from_db()
    assert not draft.is_wanted
    assert "Split it, or ask an administrator." in draft.refusal


def test_an_upload_that_was_thrown_away_meanwhile_is_left(cco, now, monkeypatch):
    upload(large(), cco, now)
    draft = the_draft()
    build = preview.build

    def meanwhile(*args):
        imports.discard(draft=draft, by=cco)
        return build(*args)

    monkeypatch.setattr(preview, "build", meanwhile)
    import_work.work(now=now)
    assert not ImportDraft.objects.exists()


def test_progress_is_told_while_rows_are_read(cco, now, monkeypatch):
    upload(large(9_000), cco, now)
    seen = []
    build = preview.build
    monkeypatch.setattr(
        preview, "build", lambda *args: (seen.append(the_draft().percent), build(*args))[1]
    )
    import_work.work(now=now)
    assert 15 <= seen[0] <= 30


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_the_work_once(cco, now, monkeypatch):
    upload(large(), cco, now)
    begun, meet, made = threading.Event(), threading.Event(), []
    build = preview.build

    def build_and_wait(*args):
        made.append(args)
        begun.set()
        assert meet.wait(30)
        return build(*args)

    monkeypatch.setattr(preview, "build", build_and_wait)

    def first():
        try:
            import_work.work(now=now)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(30)
    # It passes by what somebody else is at.
    import_work.work(now=now)
    meet.set()
    thread.join()
    assert len(made) == 1
    assert (the_draft().is_wanted, the_draft().plan is None) == (False, False)


WORKER = """
import datetime, os, signal, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "crm_portal.settings"
django.setup()
from agencies.imports import preview
from agencies.services import import_work, imports, previews

def killed(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

where = sys.argv[1]
if where == "while rows are read":
    import_work._reporter = lambda draft: killed
elif where == "while names are compared":
    preview.build = killed
elif where == "before the preview is kept":
    previews.keep = killed
elif where == "before agencies are written":
    imports._write = killed
elif where == "before the end of the transaction":
    write = imports._write
    imports._write = lambda *args: (write(*args), killed())
import_work.work(now=datetime.datetime.now(datetime.UTC))
"""
PREVIEW = ["while rows are read", "while names are compared", "before the preview is kept"]
IMPORT = ["while names are compared", "before agencies are written",
          "before the end of the transaction"]  # fmt: skip


def work_in_a_process(where):
    done = subprocess.run(
        [sys.executable, "-c", WORKER, where],
        env={**os.environ, "DATABASE_URL": database_in_use()},
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_and_doubles_nothing(cco, now):
    draft = upload(large(), cco, now)
    for where in PREVIEW:
        ImportDraft.objects.update(tries=0)
        assert work_in_a_process(where) == -signal.SIGKILL
        assert (the_draft().is_wanted, the_draft().plan) == (True, None)
    assert work_in_a_process("") == 0
    draft.refresh_from_db()
    plan, _is_old = previews.plan_of(draft)
    imports.confirm(draft=draft, fingerprint=plan.fingerprint, by=cco)
    for where in IMPORT:
        ImportDraft.objects.update(tries=0)
        assert work_in_a_process(where) == -signal.SIGKILL
        assert (the_draft().is_wanted, Agency.objects.count()) == (True, 0)
    for _ in range(2):
        assert work_in_a_process("") == 0
        assert (Agency.objects.count(), AgencyImport.objects.count()) == (3_000, 1)


def test_a_decision_of_another_page_is_not_lost(cco, now):
    """Two pages of one preview, each decides something else."""
    twins = [f"Department of {w}s,CO,,\nDepartment of {w},CO,," for w in ("Park", "Forest")]
    draft = upload(sheet(*twins), cco, now)
    first, second = (pair.id for pair in imports.preview_of(draft).pairs)
    stale = SimpleNamespace(pk=draft.pk, result_id=None)
    for pair in (first, second):
        imports.decide(draft=stale, decisions={pair: "same"}, leave_out_errors=False, by=cco)
    assert set(the_draft().decisions) == {first, second}
    decide_all(the_draft(), "same", cco)
