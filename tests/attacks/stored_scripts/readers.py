"""Who opens which page of the crowded world."""

from django.test import Client
from django.urls import reverse

from crm_portal.lib import links
from tests.attacks.places import account_addresses, admin_addresses
from tests.doors.table import DOORS, PUBLIC, SIGNED_IN

# Who sees most comes first.
ROLES = ["cco", "administrator", "liaison", "representative"]
RESPONDENTS = ["answered", "answering"]
# Has a security key that no device has made, so that what asks for it is broken.
KEEPER = "outsider"


def readers(world):
    """Name → the browser of somebody who is signed in, or came by the links of letters."""
    found = {name: Client() for name in [*ROLES, *RESPONDENTS, KEEPER]}
    for role in [*ROLES, KEEPER]:
        found[role].force_login(world.people[role])
    for name, row in zip(RESPONDENTS, (world.mine.invitation, world.half_answered), strict=True):
        found[name].get(f"/s/{links.token_of('survey', row)}")
        found[name].get(f"/r/{links.token_of('report_back', world.mine.report_back)}")
    return found


def pages(world):
    """(address, answer, browser) of every page, as the first who may open it sees it; a page that
    opens to all who are signed in, as each of them does."""
    people = readers(world)
    for address, names, is_everybodys in addresses(world):
        for name in names:
            answer = people[name].get(address)
            if is_page(answer):
                yield address, answer, people[name]
                if not is_everybodys:
                    break


def is_page(answer):
    return answer.status_code == 200 and "attachment" not in answer.get("Content-Disposition", "")


def addresses(world):
    """(address, who may open it, whether it shows each of them something else)."""
    for name, door in DOORS.items():
        if "GET" in door.methods:
            address = reverse(name, kwargs=door.kwargs(world))
            yield address, who_may(world, door), door.access == SIGNED_IN
    survey = f"/survey/{world.half_answered.public_id}/"
    for step in ("1", "2", "all", "review"):
        yield f"{survey}?step={step}", RESPONDENTS, False
    yield f"{reverse('dashboards:search')}?q=alert", ROLES, False
    yield f"/concerns/{world.settled.pk}/", ROLES, False
    for address in account_addresses():
        yield address, ["cco", "answered"], False
    for address in admin_addresses():
        yield address, ["administrator"], False
    for address in (reverse("mfa_index"), reverse("mfa_list_webauthn")):
        yield address, [KEEPER], False
    yield reverse("mfa_edit_webauthn", args=[world.key.pk]), [KEEPER], False


def who_may(world, door):
    if door.access == PUBLIC:
        return [*RESPONDENTS, *ROLES]
    return [
        role for role in ROLES if door.access == SIGNED_IN or world.people[role].may(door.access)
    ]
