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
# Nobody signs in to half an office: this stands in place of passwords until all of it is there.
_LOADING = "!the demo is being loaded"


def found(*, years):
    """Make the office with its users and the holidays of these years; returns {key: user}."""
    office.forget()
    about = read("office")
    users = {}
    for person in about["users"]:
        users[person["key"]] = _add_user(person, users)
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


def add_representative(person):
    """Somebody at an agency who signs in."""
    return User.objects.create(
        email=person.email, name=person.name, role="representative", password=_LOADING
    )


def open_doors():
    """The office is whole: let people sign in."""
    # Hashing is slow on purpose: everybody has the same password, so once is enough.
    User.objects.filter(password=_LOADING).update(password=make_password(PASSWORD))


def is_half():
    """Whether the loading was cut short."""
    return User.objects.filter(password=_LOADING).exists()


def _add_user(about, users):
    return User.objects.create(
        email=address(about["name"], "oit"),
        name=about["name"],
        role=about["role"],
        post=about.get("post", ""),
        phone=about["phone"],
        lead=users.get(about.get("lead")),
        password=_LOADING,
    )


def _holidays(years):
    found = holidays.country_holidays("US", subdiv=STATE, years=years)
    return {date: name[:80] for date, name in sorted(found.items())}
