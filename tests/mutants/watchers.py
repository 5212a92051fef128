"""The checks of tests/doors that should notice when a check of the product is gone, and which
doors lead through which functions."""

import sys
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import transaction

from accounts.permissions import Permission
from tests.doors import deeds, leaks, offers, rows, test_foreign, test_matrix
from tests.doors.readers import READERS, ROLES
from tests.doors.table import DOORS, PUBLIC, SIGNED_IN
from tests.mutants.sites import APPS, ROOT, Site

RESPONDENT, WIDE = READERS["respondent"], READERS["liaison with every right"]
# Who gets through a door that the CCO does not.
WHO = {
    PUBLIC: [],
    Permission.OWN_CONCERNS: ["representative"],
    Permission.ADMIN_SITE: ["administrator"],
    SIGNED_IN: ["cco", "representative"],
}
# Which kind of check is most likely to notice comes first.
ORDER = {
    "require": ["matrix"],
    "right": ["admin", "rows", "offers", "deeds", "matrix", "sent", "told"],
    "scope": ["admin", "rows", "told", "sent", "searched", "noticed", "deeds"],
    "role": ["rows", "offers", "deeds", "told", "noticed", "matrix", "sent"],
    "key": ["deeds", "matrix", "sent", "told"],
    "own": ["rows", "deeds", "sent", "told", "noticed", "matrix", "offers"],
}


@dataclass(frozen=True)
class Watcher:
    """One check, of one door or of one app where it is about one. `run(stage)` yields faults."""

    kind: str
    run: Any
    door: str = ""
    app: str = ""


def all_watchers():
    found = [Watcher("rows", check) for check in rows.CHECKS.values()]
    found += [Watcher("deeds", check) for check in deeds.CHECKS.values()]
    found += [
        Watcher("matrix", wrong_answers_to(role, name), name) for name in DOORS for role in ROLES
    ]
    found += [
        Watcher("offers", lambda s, r=role, n=name: offers.refused_offers(s, r, n), name)
        for name, door in DOORS.items()
        for role in ROLES
        if "GET" in door.methods
    ]
    found += [
        Watcher("offers", lambda s, n=name: offers.refused_to_who_only_reads(s, n), name)
        for name, door in DOORS.items()
        if "GET" in door.methods
    ]
    found += [
        Watcher(check, lambda s, r=reader, n=name, c=check: leaks.leaks(s, r, n, c), name)
        for name in DOORS
        for reader in READERS.values()
        for check in leaks.CHECKS
        if reader.looks_at(name)
    ]
    return found + admin_watchers()


def wrong_answers_to(role, name):
    return lambda s: test_matrix.wrong_answers({role: s.browsers[role]}, s.world, name)


def admin_watchers():
    found = [Watcher("admin", test_foreign.wrong_inlines, app=app) for app in APPS]
    found += [Watcher("admin", test_foreign.notes_told, app="agencies")]
    found += [
        Watcher(
            "admin",
            lambda s, w=who, r=role, a=app: test_foreign.wrong_admin_answers(s.browsers[r], w, a),
            app=app,
        )
        for who, role in reversed(test_foreign.PEOPLE.items())
        for app in APPS
    ]
    return found


class Map:
    """Which doors lead through which functions, found by going through each."""

    def __init__(self, stage):
        self.watchers, self.doors = all_watchers(), defaultdict(set)
        # While everything is in its place, and once for all.
        stage.fingerprint_of_theirs()
        for reader in READERS.values():
            with reader.rights():
                leaks.forms_of(stage, reader)
        for name in DOORS:
            for key in seen_while(lambda name=name: knock(stage, name)):
                self.doors[key].add(name)

    def doors_through(self, site: Site):
        """The doors that run the function around the check; those of its own app first."""
        file = str(ROOT / (site.module.replace(".", "/") + ".py"))
        found = self.doors.get((file, *site.scope), set())
        return sorted(found, key=lambda name: (not name.startswith(site.app), name))

    def watchers_of(self, site: Site):
        """Those to ask, in the order in which they are likely to notice."""
        doors, kinds = self.doors_through(site), ORDER[site.kind]
        near = {name: place for place, name in enumerate(doors)}
        asks_admin = site.module.endswith(".admin") or site.scope[0] == "is_staff"
        wanted = [
            one
            for one in self.watchers
            if one.kind in kinds
            and (not one.door or one.door in near)
            and (not one.app or (asks_admin and one.app == site.app))
        ]
        return sorted(wanted, key=lambda one: (kinds.index(one.kind), near.get(one.door, -1)))


def knock(stage, name):
    """Once through the door, in every way that matters for what runs behind it."""
    door, address = DOORS[name], leaks.addresses(stage.world, name)[0]
    words = urlencode(leaks.strangers(stage.world) | {"q": "we", "find": "we"})
    form = leaks.forms_of(stage, WIDE)["send"].get(name, {})
    is_public = door.access == PUBLIC
    knockers = [stage.clients[RESPONDENT.name]] if is_public else []
    knockers += [stage.browsers[role] for role in WHO.get(door.access, ["cco"])]
    for client in knockers:
        with transaction.atomic():
            leaks.forget_misses()
            if "GET" in door.methods:
                client.get(address)
            if "POST" in door.methods:
                client.post(address, form)
            transaction.set_rollback(True)
    if "GET" in door.methods and not is_public:
        stage.browsers["liaison"].get(f"{address}?{words}")


def seen_while(do):
    """{(file, function, its first line)} of our functions that ran."""
    seen, inside = set(), f"{ROOT}/"

    def note(frame, event, _argument):
        code = frame.f_code
        if code.co_filename.startswith(inside):
            seen.add((code.co_filename, code.co_name, code.co_firstlineno))

    sys.settrace(note)
    try:
        do()
    finally:
        sys.settrace(None)
    return seen
