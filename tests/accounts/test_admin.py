"""Users in the admin site."""

import importlib

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.models import Holiday, User
from tests.factories import HolidayFactory

PASSWORD = "correct horse battery"
ADD = reverse("admin:accounts_user_add")
NEW = {
    "email": "New.Person@OIT.example", "name": "New Person", "role": "liaison",
    "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD,
}  # fmt: skip


@pytest.fixture
def admin_client(client, administrator):
    client.force_login(administrator)
    return client


def change_page(user):
    return reverse("admin:accounts_user_change", args=[user.pk])


def sent(page, **changes):
    """What the open form would send, with these changes."""
    form = page.context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in {**data, **changes}.items() if value is not None}


def can_sign_in(client, email, password=PASSWORD):
    client.logout()
    client.post(reverse("account_login"), {"login": email, "password": password})
    return "_auth_user_id" in client.session


def test_a_user_added_with_capitals_signs_in(admin_client):
    assert admin_client.post(ADD, NEW).status_code == 302
    assert User.objects.filter(email="new.person@oit.example").exists()
    assert can_sign_in(admin_client, "New.Person@OIT.example")


def test_an_address_is_taken_in_whatever_case(admin_client, liaison):
    answer = admin_client.post(ADD, {**NEW, "email": liaison.email.upper()})
    assert "already exists" in answer.content.decode()


def test_the_database_keeps_addresses_in_lower_case(liaison):
    with pytest.raises(IntegrityError, match="addresses_are_in_lower_case"), transaction.atomic():
        User.objects.filter(pk=liaison.pk).update(email="Dana@oit.example")


def test_addresses_that_have_capitals_already_lose_them(liaison, cco):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_user DROP CONSTRAINT addresses_are_in_lower_case")
    User.objects.filter(pk=liaison.pk).update(email="Dana@OIT.example")
    migration = importlib.import_module("accounts.migrations.0003_lower_case_addresses")
    migration.lower_addresses(apps, None)
    assert set(User.objects.values_list("email", flat=True)) >= {
        "dana@oit.example", "cco@oit.example",
    }  # fmt: skip


def test_a_corrected_address_is_the_only_one_that_signs_in(admin_client, administrator, liaison):
    liaison.set_password(PASSWORD)
    liaison.save()
    assert can_sign_in(admin_client, "dana@oit.example")
    admin_client.force_login(administrator)
    page = admin_client.get(change_page(liaison))
    answer = admin_client.post(change_page(liaison), sent(page, email="dana.ortiz@oit.example"))
    assert answer.status_code == 302
    assert not can_sign_in(admin_client, "dana@oit.example")
    assert can_sign_in(admin_client, "dana.ortiz@oit.example")


def test_the_second_of_two_editors_of_a_user_is_told_and_keeps_the_text(admin_client, liaison):
    page = admin_client.get(change_page(liaison))
    admin_client.post(change_page(liaison), sent(page, phone="555 0199"))
    answer = admin_client.post(change_page(liaison), sent(page, role="liaison_lead"))
    assert "Somebody else changed this meanwhile." in answer.content.decode()
    assert answer.context["adminform"].form["role"].value() == "liaison_lead"
    liaison.refresh_from_db()
    assert (liaison.phone, liaison.role) == ("555 0199", "liaison")
    # Having been told, they may save.
    assert admin_client.post(change_page(liaison), sent(answer)).status_code == 302
    liaison.refresh_from_db()
    assert (liaison.phone, liaison.role) == ("", "liaison_lead")


def test_holidays_are_changed_on_the_offices_page_alone(admin_client):
    holiday = HolidayFactory(date="2027-07-05")
    assert admin_client.get(reverse("admin:accounts_holiday_changelist")).status_code == 200
    new = {"date": "2027-07-06", "name": "Another"}
    assert admin_client.post(reverse("admin:accounts_holiday_add"), new).status_code == 403
    for page in ("change", "delete"):
        address = reverse(f"admin:accounts_holiday_{page}", args=[holiday.pk])
        assert admin_client.post(address, {**new, "post": "yes"}).status_code == 403
    assert [str(row) for row in Holiday.objects.all()] == ["2027-07-05 Holiday"]
