"""What a page offers its reader: links and forms. Nobody is offered what they may not do."""

from unittest.mock import patch

from accounts.permissions import GRANTS, Permission, Role
from tests.doors.leaks import addresses, door_of
from tests.doors.readers import text_of
from tests.doors.robot import Forms
from tests.doors.table import DOORS, PUBLIC, SIGNED_IN

ADMIN = "/admin/"


READING = {
    Permission.AGENCY_VIEW, Permission.MEETING_VIEW, Permission.WAVE_VIEW,
    Permission.CONCERN_VIEW, Permission.ACTION_VIEW,
}  # fmt: skip


def refused_to_who_only_reads(stage, name):
    """The same for a CCO who was left nothing but reading, and what opens this very door."""
    access = DOORS[name].access
    own = set() if access in {PUBLIC, SIGNED_IN} else {Permission(access)}
    with patch.dict(GRANTS, {Role.CCO: frozenset(READING | own)}):
        yield from refused_offers(stage, "cco", name)


def refused_offers(stage, role, name):
    """A sentence for each link or form on the door's page that leads to a refusal. The pages are
    those of the first agency."""
    if "GET" not in DOORS[name].methods:
        return
    address, rights = addresses(stage.world, name)[0], GRANTS[stage.world.people[role].role]
    answer = stage.browsers[role].get(address)
    if answer.status_code != 200:
        return
    page = Forms(text_of(answer))
    offers = [(link, "GET") for link in [*page.links, *page.parts]]
    offers += [(form.action or address, form.method.upper()) for form in page.forms]
    for target, method in dict.fromkeys(offers):
        if target.startswith(ADMIN) and Permission.ADMIN_SITE not in rights:
            yield f"{address} offers {target}"
        elif (door := DOORS.get(door_of(target) or "")) is not None:
            is_free = door.access in {PUBLIC, SIGNED_IN} or Permission(door.access) in rights
            if not is_free or method not in door.all_methods:
                yield f"{address} offers {method} {target}"
