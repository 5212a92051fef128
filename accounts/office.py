"""The office's profile and calendar, read once per request or task."""

import zoneinfo
from contextvars import ContextVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Q

from accounts.calendar import OfficeCalendar
from accounts.models import Holiday, Office
from crm_portal.lib.worded import worded_once

_current: ContextVar[Office | None] = ContextVar("office", default=None)
_calendar: ContextVar[OfficeCalendar | None] = ContextVar("calendar", default=None)
_has_begun: ContextVar[bool] = ContextVar("has_begun", default=False)


def forget():
    """Read the rows again next time. Called where a request, a task or a command begins."""
    _current.set(None)
    _calendar.set(None)
    _has_begun.set(True)


def chosen_vocabulary():
    """The office's vocabulary; the default while nothing has begun, when tables may not exist."""
    return current().vocabulary if _has_begun.get() else Office().vocabulary


def current():
    """The office's row. An installation that has none yet gets the defaults, unsaved."""
    office = _current.get()
    if office is None:
        office = _read() or _default()
        _current.set(office)
    return office


def _default():
    office = Office(pk=1)
    # A default is what stands in the model, like "08:00", and no time yet.
    for name in ("opens_at", "closes_at"):
        setattr(office, name, Office._meta.get_field(name).to_python(getattr(office, name)))
    return office


def _read():
    for *fields, has_logo, holidays in _row():
        office = Office.from_db(connection.alias, FIELDS, fields)
        office.has_logo, office.holiday_dates = has_logo, holidays
        return office
    return None


# Pages ask whether there is a logo, not for its bytes.
FIELDS = [field.attname for field in Office._meta.concrete_fields if field.name != "logo"]


@worded_once
def _row():
    return Office.objects.values_list(
        *FIELDS, Q(logo__isnull=False), ArraySubquery(Holiday.objects.values("date"))
    )


def zone():
    return zoneinfo.ZoneInfo(current().time_zone)


def local_date(instant):
    """The date at the office at this instant."""
    return instant.astimezone(zone()).date()


def calendar():
    """The office's business days and hours."""
    cached = _calendar.get()
    if cached is None:
        office = current()
        cached = OfficeCalendar(
            zone=zone(),
            opens_at=office.opens_at,
            closes_at=office.closes_at,
            holidays=frozenset(getattr(office, "holiday_dates", ())),
        )
        _calendar.set(cached)
    return cached
