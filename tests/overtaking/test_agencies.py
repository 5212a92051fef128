"""Who waits for somebody else's change of an agency decides by what that one has left."""

import datetime as dt

import pytest
from django.urls import reverse

from agencies.imports.matching import SAME
from agencies.models import Agency, AgencyDomain, AgencySpelling, Assignment, ImportDraft
from agencies.services import assignments, imports, registry, spellings
from tests.agencies.sheets import sheet, take_over, upload
from tests.factories import AgencyFactory, UserFactory
from tests.overtaking.overtaken import overtaken

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(cco, now):
    return upload(sheet("Department of Law,CO,Denver,law.gov"), cco, now)


@pytest.fixture
def apply(draft, cco, now):
    """Take the draft over, as its preview has shown it."""
    fingerprint = imports.preview_of(draft).fingerprint
    return lambda: imports.apply(draft=draft, fingerprint=fingerprint, by=cco, now=now)


def test_file_is_taken_over_once(apply):
    with overtaken(apply) as second:
        first = apply()
    assert second.returned == first
    assert Agency.objects.count() == 1


def discard(draft, by):
    imports.discard(draft=draft, by=by)


def map_columns(draft, by):
    imports.map_columns(
        draft=draft, mapping={"name": 1}, encoding=draft.encoding, default_state="", by=by
    )


def decide(draft, by):
    imports.decide(draft=draft, decisions={"x": SAME}, leave_out_errors=True, by=by)


@pytest.mark.parametrize("late_step", [discard, map_columns, decide])
def test_file_that_is_taken_over_meanwhile_stays_as_it_is(apply, draft, cco, late_step):
    with overtaken(lambda: late_step(draft, cco)) as late:
        result = apply()
    assert "imported already" in str(late.error)
    row = ImportDraft.objects.get()
    assert (row.result, row.columns, row.leave_out_errors) == (result, draft.columns, False)


def test_file_that_is_thrown_away_meanwhile_is_not_taken_over(apply, draft, cco):
    with overtaken(apply) as late:
        imports.discard(draft=draft, by=cco)
    assert "thrown away" in str(late.error)
    assert not Agency.objects.exists()


def test_fact_that_somebody_corrects_meanwhile_is_not_overwritten(apply, cco, lead):
    law = AgencyFactory(name="Department of Law", city="")
    with overtaken(apply) as late:
        registry.change_agency(agency=law, changes={"city": "Pueblo"}, seen_version=1, by=lead)
    assert isinstance(late.error, imports.Changed)
    assert Agency.objects.get().city == "Pueblo"


@pytest.fixture
def merged(cco, now):
    """Three names of one agency, two of which were joined by one decision."""
    rows = ["Department of Law,CO,Denver,law.gov", "Colorado Dept. of Law,CO,Denver,coag.gov"]
    take_over(sheet(*rows), cco, now)
    agency = Agency.objects.get()
    agency.spellings.filter(is_first=False).update(group="g")
    AgencySpelling.objects.create(
        agency=agency, state="CO", spelling="Law Dept", reason="As written.", group="g"
    )
    return agency


def test_split_is_undone_once(merged, cco):
    spelling = merged.spellings.filter(is_first=False)[0]
    spellings.split_spelling(spelling=spelling, name="Apart", by=cco)
    with overtaken(lambda: spellings.undo_split(spelling=spelling, by=cco)) as late:
        spellings.undo_split(spelling=spelling, by=cco)
    assert "was not taken apart" in str(late.error)
    assert list(Agency.objects.all()) == [merged]


def test_split_is_not_undone_over_somebody_who_has_just_come(merged, cco):
    spelling = merged.spellings.filter(is_first=False)[0]
    made = spellings.split_spelling(spelling=spelling, name="Apart", by=cco)
    with overtaken(lambda: spellings.undo_split(spelling=spelling, by=cco)) as late:
        registry.change_agency(agency=made, changes={"city": "X"}, seen_version=1, by=cco)
        registry.add_person(agency=made, name="Pat", by=cco)
    assert "has meetings, people or other rows" in str(late.error)
    assert Agency.objects.filter(pk=made.pk).exists()


def test_domain_goes_back_once_and_who_comes_second_is_told(merged, client, cco):
    domain = AgencyDomain.objects.filter(agency=merged).first()
    AgencyDomain.objects.filter(pk=domain.pk).update(moved_from=AgencyFactory(name="Judiciary"))
    client.force_login(cco)
    address = reverse("agencies:domain_back", args=[merged.pk])
    with overtaken(lambda: client.post(address, {"domain": domain.domain}, follow=True)) as late:
        spellings.give_back_domain(domain=domain, by=cco)
    assert "was not moved from another" in late.returned.text


def test_agency_has_one_primary_liaison_whoever_hands_over(agency, liaison, cco, today):
    on = today + dt.timedelta(days=7)
    first, second = UserFactory(), UserFactory()

    def hand_over(to):
        return assignments.hand_over(agency=agency, to=to, on=on, by=cco)

    with overtaken(lambda: hand_over(second)) as late:
        hand_over(first)
    assert f"{first} is the primary liaison from" in str(late.error)
    assert [row.user for row in Assignment.objects.primary().on(on)] == [first]
