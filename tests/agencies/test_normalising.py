"""Names of organisations: what is certain is done, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencies.imports.normalising import calm, key_of, normal, of_unit, squeeze, tidy_city


@pytest.mark.parametrize(
    ("written", "state", "shown"),
    [
        ("Colorado Dept. of Law", "CO", "Department of Law"),
        ("Colorado Dept Labor and Employment", "CO", "Department of Labor and Employment"),
        ("State of Colorado - Department of Public Safety", "CO", "Department of Public Safety"),
        (
            "Colorado, Governor's Office of Information Technology",
            "CO",
            "Governor's Office of Information Technology",
        ),
        (
            "COLORADO DEPARTMENT OF PUBLIC HEALTH AND ENVIRONMENT",
            "CO",
            "Department of Public Health and Environment",
        ),
        (
            "DISTRICT ATTORNEY'S OFFICE - 16TH JUDICIAL DISTRICT",
            "CO",
            "District Attorney's Office - 16th Judicial District",
        ),
        ("N.C. Department of Public Safety", "NC", "Department of Public Safety"),
        ("NC Admin. Office of the Courts", "NC", "Administrative Office of the Courts"),
        ("DIT, State of North Carolina", "NC", "North Carolina DIT"),
        ("NC State University", "NC", "North Carolina State University"),
        (
            "The North Carolina Innocence Inquiry Commission",
            "NC",
            "North Carolina Innocence Inquiry Commission",
        ),
        ("State of New Jersey", "NJ", "State of New Jersey"),
        ("South Jersey Port Corporation", "NJ", "South Jersey Port Corporation"),
        ("North Carolina Department Of Transportation", "NC", "Department of Transportation"),
        ("Bridges of Colorado", "CO", "Bridges of Colorado"),
        # Small letters that would be a state's two in capitals.
        ("Department in Charge of Hope or Me", "ME", "Department in Charge of Hope or Me"),
    ],
)
def test_name_is_shown_as_a_letterhead_writes_it(written, state, shown):
    assert normal(written, state).shown == shown


@pytest.mark.parametrize(
    ("one", "other", "state"),
    [
        ("NJ Department of Corrections", "New Jersey Department of Corrections", "NJ"),
        ("Dept. of Natural & Cultural Resources", "Department of Natural and Cultural Resources",
         "NC"),
        ("Center of excellence for Fire", "Center of Excellence for Fire", "CO"),
        ("Governor’s Office of Information Technology (OIT)",
         "Colorado, Governor's Office of Information Technology", "CO"),
        ("Department of Human Services Division of Family Development",
         "New Jersey Department of Human Services, Division of Family Development", "NJ"),
        ("Colorado Dept. of Law / Office of the Attorney General",
         "Colorado Department of Law/Office of the Attorney General", "CO"),
    ],
)  # fmt: skip
def test_one_organisation_has_one_key(one, other, state):
    assert normal(one, state).key == normal(other, state).key


@pytest.mark.parametrize(
    ("one", "other", "state"),
    [
        ("Colorado Dept Labor and Employement", "Colorado Dept Labor and Employment", "CO"),
        ("Governor's Office of Information Technologies",
         "Governor's Office of Information Technology", "CO"),
        ("NJ Department of Human Services, DoAS",
         "NJ Department of Human Services, Division of Family Development", "NJ"),
        ("Colorado 1st Judicial District Attorney", "Colorado 2nd Judicial District Attorney",
         "CO"),
        ("Department of State", "Department of State Treasurer", "NC"),
    ],
)  # fmt: skip
def test_different_words_have_different_keys(one, other, state):
    """A slip of the pen is asked about, never mended in silence."""
    assert normal(one, state).key != normal(other, state).key


def test_acronym_in_brackets_is_a_fact_only_if_it_is_one():
    assert normal("New Jersey Schools Development Authority (NJSDA)", "NJ").acronym == "NJSDA"
    other = normal("Office of Film (EAST)", "NJ")
    assert (other.acronym, other.shown) == ("", "Office of Film (EAST)")


def test_units_of_one_organisation_stay_apart():
    one = of_unit("Department of Revenue", "Division A", "CO")
    other = of_unit("Department of Revenue", "Division B", "CO")
    assert one.key != other.key
    assert one.shown == "Department of Revenue, Division A"


def test_invisible_characters_and_blanks_go():
    assert squeeze("\ufeff  NJ \u200bDepartment\u00a0of   Law ") == "NJ Department of Law"


@pytest.mark.parametrize(
    ("written", "shown"),
    [("LA JUNTA", "La Junta"), ("raleigh", "Raleigh"), ("Oklahoma city", "Oklahoma City"),
     ("McAlester", "McAlester"), ("", "")],
)  # fmt: skip
def test_city_is_written_as_on_a_letter(written, shown):
    assert tidy_city(written) == shown


@given(st.text(max_size=250), st.sampled_from(["CO", "NC", "ME", "XX"]))
def test_any_text_has_a_stable_name(text, state):
    written = squeeze(text)
    name = normal(written, state)
    assert normal(written, state) == name
    assert key_of(name.key.replace("|", " ")) == name.key.replace("|", " ")
    assert squeeze(written) == written


@given(st.text(max_size=80))
def test_calming_twice_is_calming_once(text):
    assert calm(calm(squeeze(text))) == calm(squeeze(text))
