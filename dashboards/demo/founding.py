"""The office itself: its profile, its holidays, its users."""

import holidays
from django.contrib.auth.hashers import make_password

from accounts import office
from accounts.models import Office, User
from accounts.services.offices import update_office
from dashboards.demo.reading import read
from dashboards.demo.world import address

PASSWORD = "demo-portal-2026"  # noqa: S105 - printed at every start
STATE, ZONE = "CO", "America/Denver"


def found(*, years):
    """Make the office with its users and the holidays of these years; returns {key: user}."""
    office.forget()
    about = read("office")
    password = make_password(PASSWORD)
    users = {}
    for person in about["users"]:
        users[person["key"]] = _add_user(person, users, password)
    row = Office.objects.filter(pk=1).first()
    update_office(
        changes={
            "name": about["name"],
            "short_name": about["short_name"],
            "state": STATE,
            "time_zone": ZONE,
        },
        holidays=_holidays(years),
        seen_version=row.version if row else 1,
        by=users["administrator"],
    )
    return users


def add_representative(person, *, password):
    """Somebody at an agency who signs in."""
    return _save(User(email=person.email, name=person.name, role="representative"), password)


def _add_user(about, users, password):
    user = User(
        email=address(about["name"], "oit"),
        name=about["name"],
        role=about["role"],
        post=about.get("post", ""),
        phone=about["phone"],
        lead=users.get(about.get("lead")),
    )
    return _save(user, password)


def _save(user, password):
    # Hashing is slow on purpose: everybody has the same password, so once is enough.
    user.password = password
    user.save()
    return user


def _holidays(years):
    found = holidays.country_holidays("US", subdiv=STATE, years=years)
    return {date: name[:80] for date, name in sorted(found.items())}
