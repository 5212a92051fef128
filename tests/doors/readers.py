"""Who reads pages, and which words must never reach them."""

from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from django.test import Client

from accounts.permissions import GRANTS, Permission, Role
from crm_portal.lib import links
from tests.doors.entwined import HUSHED, INTERNAL
from tests.doors.table import DOORS
from tests.world import SECRET

# Those who may least come first: what opens to them is found soonest.
ROLES = [
    "representative", "outsider", "other_liaison", "liaison", "lead", "executive", "cco",
    "administrator",
]  # fmt: skip
OWN = "Bicycle"
LIAISON_MAY = GRANTS[Role.LIAISON]
# The outbox is all or nothing: letters go to people of every agency (outbox/models.py).
WHOLE_OFFICE = {Permission.OUTBOX_VIEW, Permission.OUTBOX_WORK}


@dataclass(frozen=True)
class Reader:
    """`role` is a key of `world.people`, or None for somebody with the links of two letters.
    `hidden`: words that no answer to them may hold."""

    name: str
    role: str | None
    hidden: tuple
    has_every_right: bool = False

    def client(self, world):
        """A browser of theirs."""
        client = Client()
        if self.role is not None:
            client.force_login(world.people[self.role])
            return client
        # Both cookies are sent to every address here, more than a browser would do.
        client.get(f"/s/{links.token_of('survey', world.mine.invitation)}")
        client.get(f"/r/{links.token_of('report_back', world.mine.report_back)}")
        return client

    def looks_at(self, name):
        """Whether the door is worth a look: what liaisons may anyway, the liaison looks at."""
        return not (self.has_every_right and DOORS[name].access in LIAISON_MAY)

    @contextmanager
    def rights(self):
        """What a role may do says nothing about whose rows it sees: one reader has every right
        that a liaison could be given, and the same eyes."""
        if not self.has_every_right:
            yield
            return
        with patch.dict(GRANTS, {Role.LIAISON: frozenset(set(Permission) - WHOLE_OFFICE)}):
            yield


READERS = {
    reader.name: reader
    for reader in [
        Reader("liaison", "liaison", (SECRET, HUSHED)),
        Reader("liaison with every right", "liaison", (SECRET, HUSHED), has_every_right=True),
        Reader("representative", "representative", (SECRET, HUSHED, INTERNAL)),
        Reader("respondent", None, (SECRET, HUSHED, INTERNAL)),
        Reader("outsider", "outsider", (SECRET, HUSHED, INTERNAL, OWN)),
    ]
}
# Not even these read a restricted note: see READS_RESTRICTED.
ADMINISTRATOR = Reader("administrator", "administrator", (HUSHED,))
# Sees both agencies: what the checks must find with these eyes.
CCO = Reader("chief customer officer", "cco", (SECRET,))


def text_of(answer):
    """Everything that the answer says: the body and where it leads."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{answer.headers.get('Location', '')}\n{content.decode('utf-8', 'replace')}"
