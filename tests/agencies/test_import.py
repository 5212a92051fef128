"""Dirty spreadsheets become good agencies: nothing guessed in silence, all or nothing."""

import io
import os
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from agencies.imports import preview
from agencies.models import Agency, AgencyDomain, AgencyImport, AgencySpelling
from agencies.services import imports, spellings
from crm_portal.lib.refusals import Refusal
from tests.agencies.sheets import SHEET, decide_all, sheet, take_over, upload
from tests.factories import AgencyFactory

pytestmark = pytest.mark.django_db


def statuses(content, by, now):
    plan = imports.preview_of(upload(content, by, now))
    return [row.status for row in plan.rows]


def world():
    """Everything that an import writes, as values."""
    return (
        list(Agency.objects.order_by("pk").values()),
        list(AgencySpelling.objects.order_by("pk").values()),
        list(AgencyDomain.objects.order_by("pk").values()),
        AgencyImport.objects.count(),
    )


# ---- The real file -------------------------------------------------------------------------------


def test_real_file_asks_about_what_only_a_person_knows(real_file, cco, now):
    plan = imports.preview_of(upload(real_file, cco, now))
    asked = {frozenset([pair.one.name.shown, pair.other.name.shown]) for pair in plan.pairs}
    assert {
        frozenset(["Department of Labor and Employement", "Department of Labor and Employment"]),
        frozenset(["North Carolina Treasuer", "Department of State Treasurer"]),
        frozenset(["NJHMFA", "New Jersey Housing and Mortgage Finance Agency"]),
        frozenset(["Department of Law", "Department of Law / Office of the Attorney General"]),
        frozenset(
            ["Department of Cultural Resources", "Department of Natural and Cultural Resources"]
        ),
        frozenset(
            [
                "Governor's Office of Information Technology",
                "Governor's Office of Information Technologies",
            ]
        ),
    } <= asked
    assert len(plan.pairs) == 14
    assert plan.counts["rows"] == {
        "new": 94, "same": 0, "changed": 99, "suspicious": 19, "error": 0,
    }  # fmt: skip


def test_real_file_cannot_be_taken_over_undecided(real_file, cco, now):
    draft = upload(real_file, cco, now)
    plan = imports.preview_of(draft)
    with pytest.raises(Refusal, match="14 are open"):
        imports.apply(draft=draft, fingerprint=plan.fingerprint, by=cco, now=now)
    assert Agency.objects.count() == 0


def test_real_file_makes_one_agency_per_organisation(real_file, cco, now):
    run = take_over(real_file, cco, now, rest="same")
    assert (run.created, run.rows, run.merged) == (94, 212, 41)
    assert AgencyDomain.objects.count() == 212
    law = Agency.objects.get(state="CO", name="Department of Law")
    assert set(law.spellings.values_list("spelling", flat=True)) == {
        "Colorado Dept. of Law",
        "Colorado Department of Law",
        "Colorado Dept. of Law / Office of the Attorney General",
        "Colorado Department of Law/Office of the Attorney General",
    }
    assert law.domains.filter(domain="coag.gov").exists()
    assert Agency.objects.filter(name__icontains="judicial district").count() == 2
    assert Agency.objects.get(name__startswith="Governor's Office").acronym == "OIT"


@pytest.mark.parametrize("said", ["same", "different"])
def test_second_import_changes_nothing(real_file, cco, now, said):
    take_over(real_file, cco, now, rest=said)
    before = world()
    draft = upload(real_file, cco, now)
    plan = imports.preview_of(draft)
    assert plan.counts["rows"]["same"] == 212
    assert plan.pairs == []
    with pytest.raises(Refusal, match="nothing new"):
        imports.apply(draft=draft, fingerprint=plan.fingerprint, by=cco, now=now)
    assert world() == before


def test_suborganisations_stay_apart(real_file, cco, now):
    take_over(real_file, cco, now, rest="same")
    human = Agency.objects.filter(state="NJ", name__startswith="Department of Human Services")
    assert [agency.name for agency in human.order_by("name")] == [
        "Department of Human Services Division of Family Development",
        "Department of Human Services, DoAS",
    ]


def test_every_merge_has_a_reason(real_file, cco, now):
    run = take_over(real_file, cco, now, rest="same")
    assert run.spellings.filter(reason="").count() == 0
    assert run.spellings.filter(is_first=False).count() == 41


def test_real_file_is_previewed_quickly(real_file, cco, now):
    draft = upload(real_file, cco, now)
    start = time.perf_counter()
    imports.preview_of(draft)
    assert time.perf_counter() - start < 2


# ---- Rules, one by one ---------------------------------------------------------------------------


def test_preview_writes_nothing(real_file, cco, now):
    before = world()
    imports.preview_of(upload(real_file, cco, now))
    assert world() == before


def test_unit_column_makes_agencies_of_their_own(cco, now):
    content = sheet(
        "Revenue,Division A,CO", "Revenue,Division B,CO", heading="Organization,Division,State"
    )
    take_over(content, cco, now)
    assert list(Agency.objects.order_by("name").values_list("name", flat=True)) == [
        "Revenue, Division A",
        "Revenue, Division B",
    ]


def test_known_agency_is_found_by_name_and_gets_the_spelling(cco, now):
    known = AgencyFactory(name="Department of Law", city="Denver")
    take_over(sheet("Colorado Dept. of Law,CO,Denver,coag.gov"), cco, now)
    assert Agency.objects.get() == known
    assert known.spellings.get().is_first is False
    assert known.domains.get().domain == "coag.gov"


def test_facts_change_and_say_from_what_to_what(cco, now):
    AgencyFactory(name="Department of Law", city="Golden")
    plan = imports.preview_of(upload(sheet("Department of Law,CO,DENVER,"), cco, now))
    assert "city changes from “Golden” to “Denver”" in plan.rows[0].text
    take_over(sheet("Department of Law,CO,DENVER,"), cco, now)
    agency = Agency.objects.get()
    assert (agency.city, agency.version) == ("Denver", 2)


def test_blank_cell_erases_nothing(cco, now):
    agency = AgencyFactory(name="Department of Law", city="Denver")
    take_over(sheet("Dept. of Law,CO,,"), cco, now)
    agency.refresh_from_db()
    assert agency.city == "Denver"


def test_same_name_in_two_states_is_two_agencies(cco, now):
    take_over(sheet("Department of Law,CO,,", "Department of Law,NJ,,"), cco, now)
    assert Agency.objects.count() == 2


def test_domain_given_to_two_is_an_error_on_the_second(cco, now):
    content = sheet("Department of Law,CO,,x.gov", "Department of Fish,CO,,x.gov")
    plan = imports.preview_of(upload(content, cco, now))
    assert [row.status for row in plan.rows] == ["new", "error"]
    assert "Line 2 gives x.gov to “Department of Law”" in plan.rows[1].text


def test_domain_on_record_raises_the_question(cco, now):
    known = AgencyFactory(name="Department of Fish")
    AgencyDomain.objects.create(agency=known, domain="x.gov")
    draft = upload(sheet("Wildlife Service,CO,,x.gov"), cco, now)
    pair = imports.preview_of(draft).pairs[0]
    assert pair.why == "The domain x.gov is on record there."
    decide_all(draft, "different", cco)
    plan = imports.preview_of(draft)
    assert "domain x.gov moves here from “Department of Fish”" in plan.rows[0].text


def test_domain_of_another_states_agency_is_an_error_that_names_it(cco, now):
    known = AgencyFactory(name="Department of Fish", state="NJ")
    AgencyDomain.objects.create(agency=known, domain="x.gov")
    plan = imports.preview_of(upload(sheet("Wildlife Service,CO,,x.gov"), cco, now))
    assert plan.rows[0].status == "error"
    assert "x.gov is on record with “Department of Fish (NJ)”" in plan.rows[0].text


def test_spelling_holds_when_the_state_of_its_agency_is_corrected(cco, now):
    content = sheet("Dept. of Law,CO,,law.gov")
    take_over(content, cco, now)
    Agency.objects.update(state="NJ")
    assert statuses(content, cco, now) == ["same"]
    assert statuses(sheet("Department of Law,CO,,"), cco, now) == ["changed"]


def test_name_and_unit_that_are_too_long_together_are_an_error(cco, now):
    row = f"Colorado {'X' * 150},Division of {'Y' * 150},CO"
    plan = imports.preview_of(upload(sheet(row, heading="Name,Division,State"), cco, now))
    assert "together are longer than 200 characters" in plan.rows[0].text


def test_change_of_a_closed_agency_is_said(cco, now, today):
    AgencyFactory(name="Department of Law", closed_on=today)
    content = sheet("Department of Law,CO,Denver,", "Department of Law,CO,Denver,")
    assert "It is closed." in imports.preview_of(upload(content, cco, now)).rows[0].text


def test_letter_at_the_end_tells_one_from_another(cco, now):
    take_over(sheet("District A,CO,,", "District B,CO,,", "DISTRICT A,CO,,"), cco, now)
    assert list(Agency.objects.order_by("name").values_list("name", flat=True)) == [
        "District A", "District B",
    ]  # fmt: skip
    assert statuses(sheet("District,CO,,"), cco, now) != ["changed"]


def test_second_import_without_the_errors_leaves_no_second_run(cco, now):
    content = sheet("Department of Law,CO,,", ",CO,,")
    for number in (1, 2):
        draft = upload(content, cco, now)
        imports.decide(draft=draft, decisions={}, leave_out_errors=True, by=cco)
        draft.refresh_from_db()
        fingerprint = imports.preview_of(draft).fingerprint
        if number == 2:
            with pytest.raises(Refusal, match="nothing new"):
                imports.apply(draft=draft, fingerprint=fingerprint, by=cco, now=now)
        else:
            imports.apply(draft=draft, fingerprint=fingerprint, by=cco, now=now)
    assert AgencyImport.objects.count() == 1


def test_errors_stop_all_unless_they_are_left_out(cco, now):
    draft = upload(sheet("Department of Law,CO,,", ",CO,,"), cco, now)
    plan = imports.preview_of(draft)
    with pytest.raises(Refusal, match="1 rows have errors"):
        imports.apply(draft=draft, fingerprint=plan.fingerprint, by=cco, now=now)
    imports.decide(draft=draft, decisions={}, leave_out_errors=True, by=cco)
    imports.apply(draft=draft, fingerprint=plan.fingerprint, by=cco, now=now)
    assert Agency.objects.get().name == "Department of Law"


def test_decisions_that_contradict_each_other_are_refused(cco, now):
    one, other = AgencyFactory(name="Department of Fish"), AgencyFactory(name="Office of Fish")
    draft = upload(sheet("Division of Fish,CO,,"), cco, now)
    decide_all(draft, "same", cco)
    plan = imports.preview_of(draft)
    with pytest.raises(Refusal, match="both on record"):
        imports.apply(draft=draft, fingerprint=plan.fingerprint, by=cco, now=now)
    assert {one, other} == set(Agency.objects.all())


def test_change_since_the_preview_is_said_and_nothing_done(cco, now):
    draft = upload(sheet("Department of Law,CO,,"), cco, now)
    shown = imports.preview_of(draft).fingerprint
    AgencyFactory(name="Department of Law")
    with pytest.raises(imports.Changed):
        imports.apply(draft=draft, fingerprint=shown, by=cco, now=now)
    assert AgencyImport.objects.count() == 0


def test_applying_twice_returns_the_first_result(cco, now):
    draft = upload(sheet("Department of Law,CO,,"), cco, now)
    shown = imports.preview_of(draft).fingerprint
    first = imports.apply(draft=draft, fingerprint=shown, by=cco, now=now)
    assert imports.apply(draft=draft, fingerprint=shown, by=cco, now=now) == first
    assert AgencyImport.objects.count() == 1


def test_button_of_a_taken_over_upload_leads_to_what_came_of_it(client, cco, now):
    draft = upload(sheet("Department of Law,CO,,"), cco, now)
    shown = imports.preview_of(draft).fingerprint
    result = imports.apply(draft=draft, fingerprint=shown, by=cco, now=now)
    client.force_login(cco)
    answer = client.post(reverse("agencies:import_apply", args=[draft.pk]))
    assert answer.url == reverse("agencies:import_result", args=[result.pk])


def test_repeated_row_is_said_to_be_nothing_new(cco, now):
    row = "Department of Law,CO,Denver,coag.gov"
    assert statuses(sheet(row, row, row.upper()), cco, now) == [
        preview.NEW, preview.SAME, preview.CHANGED,
    ]  # fmt: skip


def test_import_names_who_did_it(cco, now):
    take_over(sheet("Department of Law,CO,,"), cco, now)
    context = Agency.objects.get().events.get().pgh_context
    assert (context.metadata["user"], context.metadata["why"]) == (cco.pk, "apply")


@pytest.mark.parametrize("count", [1, 300])
def test_statements_do_not_grow_with_rows(cco, now, count, django_assert_num_queries):
    rows = [f"Department of Subject{number},CO,Denver,s{number}.gov" for number in range(count)]
    draft = upload(sheet(*rows), cco, now)
    fingerprint = imports.preview_of(draft).fingerprint
    # One of them keeps the agencies as the preview shows them.
    with django_assert_num_queries(16):
        imports.apply(draft=draft, fingerprint=fingerprint, by=cco, now=now)


# ---- Merges can be taken apart -------------------------------------------------------------------


@pytest.fixture
def merged(cco, now):
    rows = ["Department of Law,CO,Denver,law.gov", "Colorado Dept. of Law,CO,Denver,coag.gov"]
    take_over(sheet(*rows), cco, now)
    return Agency.objects.get()


def second_spelling():
    return AgencySpelling.objects.get(spelling="Colorado Dept. of Law")


def test_split_gives_the_spelling_its_own_agency_and_domains(merged, cco):
    made = spellings.split_spelling(spelling=second_spelling(), by=cco)
    assert made.name == "Colorado Dept. of Law"
    assert [domain.domain for domain in made.domains.all()] == ["coag.gov"]
    assert [domain.domain for domain in merged.domains.all()] == ["law.gov"]


def test_split_holds_in_the_next_import(merged, cco, now):
    spellings.split_spelling(spelling=second_spelling(), by=cco)
    rows = ["Department of Law,CO,Denver,law.gov", "Colorado Dept. of Law,CO,Denver,coag.gov"]
    assert statuses(sheet(*rows), cco, now) == ["same", "same"]


def test_third_spelling_after_a_split_is_asked_about(merged, cco, now):
    spellings.split_spelling(spelling=second_spelling(), by=cco)
    plan = imports.preview_of(upload(sheet("CO Department of Law,CO,,"), cco, now))
    assert [pair.why for pair in plan.pairs] == ["The name fits more than one."] * 2


def test_questions_about_two_of_one_name_say_how_each_is_called(merged, cco, now):
    spellings.split_spelling(spelling=second_spelling(), by=cco)
    plan = imports.preview_of(upload(sheet("DEPARTMENT OF LAW,CO,,"), cco, now))
    assert {pair.other.name.shown for pair in plan.pairs} == {
        "Department of Law", "Colorado Dept. of Law",
    }  # fmt: skip
    assert [row.status for row in plan.rows] == ["suspicious"]


def test_split_and_undo_leave_all_as_it_was(merged, cco):
    before = world()
    spellings.split_spelling(spelling=second_spelling(), by=cco)
    spellings.undo_split(spelling=second_spelling(), by=cco)
    assert world() == before


# An organisation of one spelling and one of three, said to be one.
TWO_AS_ONE = [
    "Department of Law,CO,Denver,law.gov",
    "Office of the Attorney General / Department of Law,CO,Pueblo,ag.gov",
    "Office of Attorney General / Department of Law,CO,Pueblo,",
    "OFFICE OF THE ATTORNEY GENERAL / DEPARTMENT OF LAW,CO,Pueblo,",
    *["Department of Law,CO,,"] * 3,
]


def test_one_split_takes_apart_all_that_one_decision_joined(cco, now):
    take_over(sheet(*TWO_AS_ONE), cco, now, rest="same")
    law = Agency.objects.get()
    joined = law.spellings.filter(is_first=False)
    assert joined.count() == 3
    assert law.city == "Pueblo"
    before = world()
    made = spellings.split_spelling(spelling=joined.first(), by=cco)
    law.refresh_from_db()
    assert (made.spellings.count(), law.spellings.count()) == (3, 1)
    assert [domain.domain for domain in made.domains.all()] == ["ag.gov"]
    assert (made.city, law.city) == ("Pueblo", "Denver")
    assert statuses(sheet(*TWO_AS_ONE), cco, now) == ["same"] * 7
    spellings.undo_split(spelling=made.spellings.last(), by=cco)
    after = world()
    assert after[1:] == before[1:]
    assert Agency.objects.get().city == "Pueblo"


def test_split_brings_back_what_the_merge_replaced(cco, now):
    known = AgencyFactory(name="Department of Law", city="Golden", head_count=50)
    heading = "Name,State,City,Employees"
    take_over(sheet("Dept. of Law,CO,Denver,70", heading=heading), cco, now)
    spelling = known.spellings.get()
    assert spelling.replaced == {"city": ["Golden", "Denver"], "head_count": [50, 70]}
    # Somebody corrected one of them since: that stays.
    Agency.objects.update(head_count=60)
    made = spellings.split_spelling(spelling=spelling, name="Law Two", by=cco)
    known.refresh_from_db()
    assert (known.city, known.head_count) == ("Golden", 60)
    assert (made.city, made.head_count) == ("Denver", 70)


def test_domain_that_an_import_moved_can_be_given_back(cco, now):
    fish = AgencyFactory(name="Department of Fish")
    AgencyDomain.objects.create(agency=fish, domain="x.gov")
    run = take_over(sheet("Wildlife Service,CO,,x.gov"), cco, now, rest="different")
    domain = run.moved_domains.get()
    assert (domain.agency.name, domain.moved_from) == ("Wildlife Service", fish)
    spellings.give_back_domain(domain=domain, by=cco)
    assert AgencyDomain.objects.get().agency == fish
    with pytest.raises(Refusal, match="was not moved"):
        spellings.give_back_domain(domain=domain, by=cco)


def test_undo_is_refused_once_the_new_agency_has_a_life(merged, cco):
    made = spellings.split_spelling(spelling=second_spelling(), by=cco)
    made.people.create(name="Ines")
    with pytest.raises(Refusal, match="has meetings, people or other rows"):
        spellings.undo_split(spelling=second_spelling(), by=cco)
    assert second_spelling().agency == made


def test_first_spelling_cannot_be_taken_apart(merged, cco):
    with pytest.raises(Refusal, match="its own already"):
        spellings.split_spelling(spelling=merged.spellings.get(is_first=True), by=cco)


def test_split_to_a_name_that_is_taken_is_refused(merged, cco):
    with pytest.raises(Refusal, match="This name is taken"):
        spellings.split_spelling(spelling=second_spelling(), name="department of LAW", by=cco)
    assert second_spelling().agency == merged


# ---- The command ---------------------------------------------------------------------------------


def run(*args, capsys):
    call_command("import_agencies", *map(str, args))
    return capsys.readouterr().out


def test_command_shows_and_writes_nothing_in_a_dry_run(office_row, capsys):
    said = run(SHEET, "--dry-run", capsys=capsys)
    assert "212 rows: 94 new, 0 same, 99 changed, 19 suspicious, 0 error." in said
    assert Agency.objects.count() == 0


def test_command_refuses_to_decide_by_itself(cco):
    with pytest.raises(CommandError, match="--write-decisions"):
        call_command("import_agencies", str(SHEET), "--by", cco.email, stdout=io.StringIO())
    assert Agency.objects.count() == 0


def test_command_takes_decisions_from_a_file(cco, tmp_path, capsys):
    pairs = tmp_path / "pairs.csv"
    run(SHEET, "--dry-run", "--write-decisions", pairs, capsys=capsys)
    lines = pairs.read_text().splitlines()
    filled = [lines[0], *(f"{line}{'same' if 'Treasuer' in line else 'different'}"
                          for line in lines[1:])]  # fmt: skip
    pairs.write_text("\n".join(filled))
    run(SHEET, "--by", cco.email, "--decisions", pairs, capsys=capsys)
    treasurer = Agency.objects.get(name="Department of State Treasurer")
    assert treasurer.spellings.filter(spelling="NC Treasuer").exists()
    assert Agency.objects.filter(name="Department of Labor and Employement").exists()


def test_command_says_when_there_is_nothing_to_do(cco, capsys):
    run(SHEET, "--by", cco.email, "--keep-apart", capsys=capsys)
    before = world()
    assert "Nothing to do" in run(SHEET, "--by", cco.email, capsys=capsys)
    assert world() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["/nowhere.csv"], "No such file"),
        ([SHEET, "--column", "colour=City"], "is no field"),
        ([SHEET, "--column", "city=Nowhere"], "No column “Nowhere”"),
        ([SHEET, "--by", "nobody@x.example"], "Nobody active signs in"),
        ([SHEET, "--state", "Atlantis"], "is not a state"),
        ([SHEET, "--keep-apart"], "in whose name"),
    ],
)
def test_command_refuses_in_words(office_row, arguments, said):
    with pytest.raises(CommandError, match=said):
        call_command("import_agencies", *map(str, arguments), stdout=io.StringIO())


# ---- Interrupted ---------------------------------------------------------------------------------

IMPORTER = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "crm_portal.settings"
django.setup()
from django.core.management import call_command
print("ready", flush=True)
call_command("import_agencies", sys.argv[1], "--by", sys.argv[2], "--keep-apart", stdout=sys.stderr)
"""


@pytest.mark.django_db(transaction=True)
def test_killed_import_leaves_nothing_or_everything(cco):
    for seconds in (0.2, 0.35, 0.5, 0.65, 0.8, 0.95):
        process = subprocess.Popen(
            [sys.executable, "-c", IMPORTER, str(SHEET), cco.email],
            env={**os.environ, "DATABASE_URL": database_in_use()},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        counts = [model.objects.count() for model in (Agency, AgencyDomain, AgencyImport)]
        assert counts in [[0, 0, 0], [106, 212, 1]]


def database_in_use():
    """The address of the database that this test uses."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))


# ---- Large ---------------------------------------------------------------------------------------

LARGE = """
import os, pathlib, resource
os.environ["DJANGO_SETTINGS_MODULE"] = "crm_portal.settings"
import django
django.setup()
from agencies.imports import columns, preview, reading
from agencies.imports.existing import Known
rows = (f"Bureau of Subject{n % 5000} Research,CO,Denver,d{n}.gov" for n in range(100_000))
sheet = reading.read(("Name,State,City,Domain\\n" + "\\n".join(rows)).encode())
plan = preview.build(columns.records(sheet, columns.guess(sheet.headings), ""), Known(), {})
status = pathlib.Path("/proc/self/status")
# On Linux the other figure begins with the peak of the process that started this one.
kilobytes = (
    status.read_text().partition("VmHWM:")[2].split()[0] if status.exists()
    else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
)
print(plan.counts["created"], int(kilobytes) // 1024)
"""


def test_hundred_thousand_rows_take_little_memory():
    done = subprocess.run(
        [sys.executable, "-c", LARGE], capture_output=True, text=True, check=True, timeout=300
    )
    created, megabytes = map(int, done.stdout.split())
    assert created == 5000
    assert megabytes <= 200
