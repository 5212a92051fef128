"""Who opens which page of the crowded world."""

from django.test import Client
from django.urls import reverse

from crm_portal.lib import links
from tests.attacks.places import account_addresses, admin_addresses
from tests.doors.table import DOORS, SIGNED_IN

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
    for address, names in addresses(world):
        for name in names or [*ROLES, *RESPONDENTS]:
            answer = people[name].get(address)
            if is_page(answer):
                yield address, answer, people[name]
                if not names:
                    break


def is_page(answer):
    return answer.status_code == 200 and "attachment" not in answer.get("Content-Disposition", "")


def addresses(world):
    """(address, the names of those who each look at it; none is whoever may)."""
    for name, door in DOORS.items():
        if "GET" in door.methods:
            address = reverse(name, kwargs=door.kwargs(world))
            yield address, ROLES if door.access == SIGNED_IN else ()
    survey = f"/survey/{world.half_answered.public_id}/"
    more = [f"{survey}?step={step}" for step in ("1", "2", "all", "review")]
    more += [f"{reverse('dashboards:search')}?q=alert", f"/concerns/{world.settled.pk}/"]
    for address in [*more, *account_addresses(), *admin_addresses()]:
        yield address, ()
    for address in ("mfa_index", "mfa_list_webauthn"):
        yield reverse(address), [KEEPER]
    yield reverse("mfa_edit_webauthn", args=[world.key.pk]), [KEEPER]
