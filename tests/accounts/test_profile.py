import datetime as dt
import struct
import uuid
from zlib import compress, crc32

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Holiday, Office
from crm_portal.lib.pictures import LONGEST_SIDE, SIGNATURE

OFFICE = {
    "name": "Office of Digital Services", "short_name": "ODS", "state": "nc",
    "vocabulary": "partner", "time_zone": "America/New_York", "fiscal_year_starts": 7,
    "opens_at": "08:30", "closes_at": "17:00", "remind_days_before": 3, "rung_days": 2,
    "visit_days_tier_1": 60, "visit_days_tier_2": 120, "visit_days_tier_3": 365,
    "contact_days": 180, "version": 1, "holidays": "2027-07-04 Independence Day\n\n",
}  # fmt: skip


def sent(**changes):
    """The office's form, opened anew."""
    return {**OFFICE, "submit_key": uuid.uuid4(), **changes}


def png(width=1, height=1):
    def part(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = compress(b"\0" * (width + 1) * height)
    return SIGNATURE + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


def test_the_office_profile_is_saved(client, cco):
    client.force_login(cco)
    answer = client.post(reverse("accounts:office"), sent())
    assert answer.status_code == 302
    office = Office.objects.get()
    assert (office.name, office.state, office.vocabulary) == (
        "Office of Digital Services", "NC", "partner",
    )  # fmt: skip
    assert office.version == 2
    assert list(Holiday.objects.values_list("date", "name")) == [
        (dt.date(2027, 7, 4), "Independence Day")
    ]


def test_the_second_of_two_editors_is_told_and_keeps_the_text(client, cco):
    client.force_login(cco)
    client.post(reverse("accounts:office"), sent())
    answer = client.post(reverse("accounts:office"), sent(name="Mine"))
    assert answer.status_code == 422
    assert "Somebody else changed this" in answer.content.decode()
    assert 'value="Mine"' in answer.content.decode()
    assert Office.objects.get().name == "Office of Digital Services"
    # Having been told, they may save.
    version = answer.context["form"]["version"].value()
    client.post(reverse("accounts:office"), sent(name="Mine", version=version))
    assert Office.objects.get().name == "Mine"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("holidays", "4 July", "Line 1: write a date and a name"),
        ("time_zone", "Mars/Base", "Select a valid choice"),
        ("closes_at", "07:00", "Choose a closing time after the opening time."),
        ("fiscal_year_starts", "13", "less than or equal to 12"),
        ("name", "", "This field is required"),
        ("state", "1!", "Write the two letters of a state, like CO."),
        ("state", "XX", "Write the two letters of a state, like CO."),
    ],
)
def test_bad_input_says_what_to_do(client, cco, field, value, sentence):
    client.force_login(cco)
    answer = client.post(reverse("accounts:office"), sent(**{field: value}))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Office.objects.get().short_name == "OIT"


def test_a_logo_is_a_png_and_everybody_sees_it(client, cco):
    client.force_login(cco)
    picture = SimpleUploadedFile("logo.png", png())
    client.post(reverse("accounts:office"), sent(logo_file=picture))
    client.logout()
    answer = client.get(reverse("accounts:logo"))
    assert answer["Content-Type"] == "image/png"
    assert answer.content.startswith(SIGNATURE)


def test_a_logo_with_a_script_is_refused(client, cco):
    client.force_login(cco)
    picture = SimpleUploadedFile("logo.png", b"<svg onload='alert(1)'/>")
    answer = client.post(reverse("accounts:office"), sent(logo_file=picture))
    assert "Choose a PNG picture." in answer.content.decode()


@pytest.mark.parametrize(
    "content",
    [
        SIGNATURE + b"picture",
        png()[:-6],
        png()[:-20] + b"X" + png()[-19:],
        png() + b"and more",
        png(width=LONGEST_SIDE + 1),
    ],
    ids=["only begun", "cut short", "damaged", "with an appendix", "as wide as a wall"],
)
def test_a_logo_that_no_browser_would_show_is_refused(client, cco, content):
    client.force_login(cco)
    picture = SimpleUploadedFile("logo.png", content)
    answer = client.post(reverse("accounts:office"), sent(logo_file=picture))
    assert "This picture is damaged or very large." in answer.content.decode()
    assert Office.objects.get().logo is None


def test_an_office_profile_that_is_sent_twice_is_saved_once(client, cco):
    client.force_login(cco)
    twice = sent()
    for _time in range(2):
        assert client.post(reverse("accounts:office"), twice).status_code == 302
    assert Office.objects.get().version == 2


@time_machine.travel("2027-03-03T16:00Z")
def test_a_states_holidays_are_offered_and_not_saved_unseen(client, cco):
    client.force_login(cco)
    kept = "2027-07-05 Closed, as ever"
    answer = client.post(reverse("accounts:office"), sent(holidays=kept, fill_in="yes"))
    form = answer.context["form"]
    lines = form["holidays"].value().splitlines()
    assert kept in lines
    assert "2027-03-26 Good Friday" in lines  # which North Carolina keeps
    assert "2028-11-23 Thanksgiving Day" in lines
    assert lines == sorted(lines)
    assert len(lines) == len({line.split()[0] for line in lines})
    assert form["name"].value() == OFFICE["name"]
    assert Holiday.objects.count() == 0
    shown = {name: form[name].value() for name in OFFICE}
    client.post(reverse("accounts:office"), {**shown, "submit_key": form["submit_key"].value()})
    assert Holiday.objects.count() == len(lines)


def test_holidays_of_no_state_are_not_offered(client, cco):
    client.force_login(cco)
    answer = client.post(reverse("accounts:office"), sent(state="1!", fill_in="yes"))
    assert "Write the two letters of your state first" in answer.content.decode()
    assert answer.context["form"]["holidays"].value() == OFFICE["holidays"]


@pytest.mark.parametrize("who", ["liaison", "lead", "officer", "representative"])
def test_others_do_not_edit_the_office(client, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("accounts:office")).status_code == 403
    assert client.post(reverse("accounts:office"), sent()).status_code == 403


def test_users_edit_their_own_profile_and_nothing_else(client, liaison):
    client.force_login(liaison)
    client.post(
        reverse("accounts:profile"),
        {
            "name": "Dana O.", "phone": "555", "time_zone": "Pacific/Honolulu",
            "theme": "dark", "role": "administrator", "email": "x@y.example",
            "version": 1, "submit_key": uuid.uuid4(),
        },
    )  # fmt: skip
    liaison.refresh_from_db()
    assert (liaison.name, liaison.theme, liaison.role) == ("Dana O.", "dark", "liaison")
    assert liaison.email == "dana@oit.example"


def test_a_profile_that_staff_changed_meanwhile_is_not_overwritten(client, administrator, liaison):
    client.force_login(liaison)
    own = client.get(reverse("accounts:profile")).context["form"]
    sent = {name: own[name].value() for name in own.fields} | {"phone": "555 0101"}
    client.force_login(administrator)
    page = reverse("admin:accounts_user_change", args=[liaison.pk])
    theirs = client.get(page).context["adminform"].form
    shown = {name: theirs[name].value() or "" for name in theirs.fields}
    client.post(page, shown | {"phone": "555 0199"})
    client.force_login(liaison)
    answer = client.post(reverse("accounts:profile"), sent)
    assert answer.status_code == 422
    assert "Somebody else changed this" in answer.content.decode()
    assert 'value="555 0101"' in answer.content.decode()
    liaison.refresh_from_db()
    assert liaison.phone == "555 0199"


def test_a_profile_that_is_sent_twice_is_saved_once(client, liaison):
    client.force_login(liaison)
    form = client.get(reverse("accounts:profile")).context["form"]
    sent = {name: form[name].value() for name in form.fields} | {"phone": "555 0101"}
    for _time in range(2):
        assert client.post(reverse("accounts:profile"), sent).status_code == 302
    liaison.refresh_from_db()
    assert (liaison.phone, liaison.version) == ("555 0101", 2)


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_theme_switch_never_leads_away(client, liaison, back):
    client.force_login(liaison)
    answer = client.post(reverse("accounts:theme"), {"theme": "dark", "next": back})
    assert answer.url == reverse("accounts:profile")
    liaison.refresh_from_db()
    assert liaison.theme == "dark"
