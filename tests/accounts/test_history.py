import pytest
from django.db import ProgrammingError, connection, transaction

from accounts.history import service
from accounts.models import Holiday, Office, User
from accounts.services import offices


def history_of(row):
    return list(type(row).pgh_event_model.objects.filter(pgh_obj_id=row.pk).order_by("pgh_id"))


def test_a_change_leaves_who_and_why(office_row, cco):
    offices.update_office(
        changes={"name": "Office of Digital Services"}, holidays={}, seen_version=1, by=cco
    )
    last = history_of(office_row)[-1]
    assert last.name == "Office of Digital Services"
    assert last.pgh_context.metadata == {"user": cco.pk, "why": "update_office"}


def test_the_outer_service_says_who_and_why(office_row, cco, liaison):
    @service
    def tidy_up(*, by):
        offices.update_profile(user=liaison, changes={"name": "Dana O."}, seen_version=1, by=None)
        User.objects.filter(pk=cco.pk).update(name="Carla O.")

    tidy_up(by=cco)
    said = {"user": cco.pk, "why": "tidy_up"}
    assert history_of(liaison)[-1].pgh_context.metadata == said
    assert history_of(cco)[-1].pgh_context.metadata == said


def test_raw_sql_leaves_history_too(office_row):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_office SET short_name = 'ODS'")
    assert [row.short_name for row in history_of(office_row)] == ["OIT", "ODS"]


def test_history_cannot_be_changed(office_row):
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Office.pgh_event_model.objects.update(name="never")


def test_bulk_writes_leave_history(db):
    Holiday.objects.bulk_create(
        [Holiday(date="2027-07-04", name="Independence Day"), Holiday(date="2027-12-25", name="X")]
    )
    assert Holiday.pgh_event_model.objects.count() == 2


def test_history_holds_no_password(cco):
    names = {field.name for field in User.pgh_event_model._meta.get_fields()}
    assert "email" in names
    assert names & {"password", "last_login"} == set()
