"""What one agency's people and liaison could learn of another, door by door.

Each check is a generator of sentences, one for each fault; none means that nothing leaks.
"""

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import urlencode, urlsplit

from django.apps import apps
from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from accounts.models import Draft, Submission
from accounts.permissions import Permission
from agencies.models import Agency
from crm_portal.lib import throttle
from outbox.models import Letter
from tests.doors.entwined import add_a_stranger
from tests.doors.readers import ADMINISTRATOR, CCO, READERS, ROLES, text_of
from tests.doors.robot import WORDS, Forms
from tests.doors.table import DOORS, SIGNED_IN
from tests.world import SECRET, World

# As long as the secret, and in no text.
NONSENSE = "Qwxyzvkj"
# What is different on each page, whoever looks.
MASKS = re.compile(
    r'csrfmiddlewaretoken" value="\w+"|submit_key" value="[-\w]+"|X-CSRFToken": "\w+"'
)
MOST_VARIATIONS = 12
# With every right the home page is that of the whole office, too.
FOR_THE_HEADS = {Permission.WAVE_MANAGE, Permission.DASHBOARD, SIGNED_IN}
# What the note of the meeting of both says.
OF_BOTH = "table"


@dataclass
class Stage:
    """The world, a browser for each reader and each role (None is signed out), and the forms that
    the readers' pages hold."""

    world: World
    now: object
    clients: dict[str, Client] = field(default_factory=dict)
    browsers: dict[str | None, Client] = field(default_factory=dict)
    forms: dict[str, dict] = field(default_factory=dict)
    looks: int = 0

    def __post_init__(self):
        """Everybody signs in before any transaction that is taken back."""
        forget_misses()
        for reader in [*READERS.values(), ADMINISTRATOR, CCO]:
            self.clients[reader.name] = reader.client(self.world)
        self.browsers = {role: Client() for role in [None, *ROLES]}
        for role in ROLES:
            self.browsers[role].force_login(self.world.people[role])

    def get(self, reader, address, *args, **kwargs):
        return self._known(reader, self.clients[reader.name].get(address, *args, **kwargs))

    def post(self, reader, address, data):
        return self._known(reader, self.clients[reader.name].post(address, data, follow=True))

    def _known(self, reader, answer):
        """Who was signed out on the way would be told nothing, and prove nothing."""
        self.looks += 1
        is_led_away = "/accounts/login/" in answer.headers.get("Location", "")
        assert reader.role is None or not (is_led_away or answer.status_code == 401), reader.name
        return answer

    @cached_property
    def _fingerprint(self):
        """(SQL, parameters): one hash over everything of theirs."""
        parts, params = [], []
        for rows in self._theirs():
            sql, values = rows.order_by("pk").query.sql_with_params()
            parts.append(f"(SELECT string_agg(t::text, '|') FROM ({sql}) t)")
            params += values
        return f"SELECT md5(concat_ws('|', {', '.join(parts)}))", params

    def _theirs(self):
        """What is the other agency's, restricted or not, what its liaison sees beside that, and
        what is only theirs. No liaison sees a letter."""
        user = self.world.people["other_liaison"]
        places = Agency.objects.visible_to(user)
        for model in set(scoped_models()) - {Letter}:
            is_of_one = any(field.name == "agency" for field in model._meta.fields)
            rows = model.objects
            yield rows.filter(agency__in=places) if is_of_one else rows.visible_to(user)
        for model in (Draft, Submission):
            yield model.objects.filter(user=user)

    def fingerprint_of_theirs(self):
        with connection.cursor() as cursor:
            cursor.execute(*self._fingerprint)
            return cursor.fetchone()[0]


def scoped_models():
    """The models whose rows belong to somebody."""
    managers = {model: getattr(model, "objects", None) for model in apps.get_models()}
    return [model for model, manager in managers.items() if hasattr(manager, "visible_to")]


def addresses(world, name):
    """The door with the ids of the first agency, of the second, and of a meeting of both."""
    places = [world.mine, world.theirs, replace(world.mine, meeting=world.joint)]
    kwargs = [DOORS[name].kwargs(replace(world, mine=place)) for place in places]
    return list(dict.fromkeys(reverse(name, kwargs=one) for one in kwargs))


def strangers(world):
    """What a form's choices and an address may be called → the other agency's row."""
    theirs, other = world.theirs, world.people["other_liaison"]
    rows = [
        (theirs.agency.pk, ["agency", "agencies", "parent"]),
        (theirs.person.pk, ["person", "people"]),
        (theirs.meeting.pk, ["meeting"]),
        (theirs.invitation.public_id, ["invitation"]),
        (other.pk, ["owner", "to", "user", "colleagues", "liaison"]),
    ]
    return {name: str(pk) for pk, names in rows for name in names}


# ---- Words that a page tells ---------------------------------------------------------------------


def told(stage, reader, name):
    """The door with everybody's ids, as a whole and as a part, and with everything that the page
    itself offers: its filters, tabs and pages. A file offers nothing: whatever any page does."""
    if "GET" not in DOORS[name].methods:
        return
    own, *others = addresses(stage.world, name)
    answer = stage.get(reader, own)
    yield from found(answer, reader.hidden, own)
    for address in others:
        yield from found(stage.get(reader, address), reader.hidden, address)
    if answer.status_code == 200:
        yield from found(
            stage.get(reader, own, headers={"HX-Request": "true"}), reader.hidden, f"part of {own}"
        )
        if "html" in answer.headers["Content-Type"]:
            queries = variations(text_of(answer), own)[:MOST_VARIATIONS]
        else:
            queries = forms_of(stage, reader)["queries"]
        words = forms_of(stage, reader)["search"].get(name, [])
        lookups = [strangers(stage.world), dict.fromkeys(words, OF_BOTH)]
        for query in dict.fromkeys([*map(urlencode, lookups), *queries]):
            address = f"{own}?{query}"
            yield from found(stage.get(reader, address), reader.hidden, address)


def found(answer, words, where):
    text = text_of(answer)
    yield from (f"{where} tells {word}" for word in words if word in text)


def variations(html, address):
    """The queries that lead from a page to itself: of its links, and of one choice in each field
    of its search forms."""
    page = Forms(html)
    links = [urlsplit(link) for link in [*page.links, *page.parts]]
    queries = [link.query for link in links if link.path in {"", address} and link.query]
    for form in page.forms:
        if form.method == "get" and form.action in {"", address}:
            queries += [
                urlencode({name: values[-1]}) for name, values in form.offered.items() if values
            ]
    return list(dict.fromkeys(queries))


def searched(stage, reader, name):
    """Who searches for the secret finds what they find for a word that is nowhere."""
    if "GET" not in DOORS[name].methods or name not in forms_of(stage, reader)["search"]:
        return
    address = addresses(stage.world, name)[0]
    fields = forms_of(stage, reader)["search"][name]
    seen = [
        masked(stage.get(reader, address, dict.fromkeys(fields, word))).replace(word, "…")
        for word in (SECRET, NONSENSE)
    ]
    if seen[0] != seen[1]:
        yield f"{address} answers differently when asked for {SECRET}"


def masked(answer):
    return MASKS.sub("…", text_of(answer))


# ---- What a page says when something is sent to it -----------------------------------------------


def forms_of(stage, reader):
    """Of every form on the reader's pages: {"send": {door: what a robot would send there},
    "search": {door: its fields for words}, "queries": what may stand behind an address}."""
    if reader.name not in stage.forms:
        stage.forms[reader.name] = kinds = {"send": {}, "search": {}, "queries": {}}
        for name, door in DOORS.items():
            for address in addresses(stage.world, name)[:1] if "GET" in door.methods else ():
                answer = stage.get(reader, address)
                page = Forms(text_of(answer))
                kinds["queries"] |= dict.fromkeys(variations(text_of(answer), address))
                # A part of a page may be asked for any word that its page has a field for.
                kinds["search"] |= {door_of(part): ["q", "find"] for part in page.parts}
                for form in page.forms if answer.status_code == 200 else ():
                    target = door_of(form.action or address)
                    if form.method == "post":
                        kinds["send"].setdefault(target, form.filled())
                    elif form.words:
                        kinds["search"].setdefault(target, form.words)
    return stage.forms[reader.name]


def door_of(link):
    """The name of our door that a link leads to, or None."""
    try:
        name = resolve(urlsplit(link).path).view_name
    except Resolver404:
        return None
    return name if name in DOORS else None


def sent(stage, reader, name):
    """A robot sends its form, and the same with the other agency's row in each choice, to its own
    address and to the other agency's. Nobody is told, and no row of theirs changes."""
    if "POST" not in DOORS[name].methods:
        return
    own = forms_of(stage, reader)["send"].get(name, {"text": [WORDS]})
    first, *others = addresses(stage.world, name)[:2]
    foreign = strangers(stage.world)
    tries = [(first, own), (f"{first}?{urlencode(foreign)}", own)]
    tries += [(first, data) for data in with_strangers(own, foreign)]
    theirs = stage.fingerprint_of_theirs()
    for address, data in tries + [(other, own) for other in others]:
        with transaction.atomic():
            answer = stage.post(reader, address, data)
            yield from found(answer, reader.hidden, f"POST {address}")
            if stage.fingerprint_of_theirs() != theirs:
                yield f"POST {address} changes rows of another agency"
            transaction.set_rollback(True)
        if answer.status_code in {403, 405}:
            return


def with_strangers(own, foreign):
    """The form with the other agency's row in one choice: beside the reader's own rows in the
    others, and without those, for a form may refuse what does not belong together."""
    chosen = own.keys() & foreign.keys()
    for key in sorted(chosen):
        yield own | {key: [foreign[key]]}
        if len(chosen) > 1:
            yield {name: own[name] for name in own.keys() - chosen} | {key: [foreign[key]]}


# ---- What is the same whether another agency exists or not ---------------------------------------


def noticed(stage, reader, name):
    """A third agency comes, with one of everything: not a byte changes for those who see none
    of it. This finds counts and averages too, which hold no word."""
    with transaction.atomic():
        yield from noticed_at(stage, reader, [name])
        transaction.set_rollback(True)


def noticed_at(stage, reader, names):
    before = {name: pages(stage, reader, name) for name in names if is_blind(reader, name)}
    add_a_stranger(stage.world, stage.now)
    for name, old in before.items():
        new = pages(stage, reader, name) if old else {}
        yield from (f"{where} notices another agency" for where in old if old[where] != new[where])


def is_blind(reader, name):
    """Pages for those who run a survey, or answer for the whole office, count everybody."""
    door = DOORS[name]
    counts_all = reader.has_every_right and door.access in FOR_THE_HEADS
    return "GET" in door.methods and SECRET in reader.hidden and not counts_all


def pages(stage, reader, name):
    """{address: text} of the door with its tabs, if it opens."""
    address = addresses(stage.world, name)[0]
    answer = stage.get(reader, address)
    if answer.status_code != 200:
        return {}
    texts = {address: masked(answer)}
    tabs = [link for link in Forms(texts[address]).links if link.startswith("?")]
    for link in tabs[:4]:
        texts[f"{address}{link}"] = masked(stage.get(reader, f"{address}{link}"))
    return texts


# ---- All of it -----------------------------------------------------------------------------------

CHECKS = {"told": told, "searched": searched, "sent": sent, "noticed": noticed}


def leaks(stage, reader, name, check):
    """Every fault of one kind at one door for one reader."""
    if reader.looks_at(name):
        with reader.rights():
            forget_misses()
            yield from CHECKS[check](stage, reader, name)


def forget_misses():
    """Wrong links are counted; here many are tried on purpose. Sums may be kept, too."""
    for cache in caches.all(initialized_only=True):
        cache.clear()
    throttle.forget()


def everywhere(stage, reader):
    """Every fault of this reader's doors."""
    looked_at = [name for name in DOORS if reader.looks_at(name)]
    for name in looked_at:
        for check in ("told", "searched", "sent"):
            yield from leaks(stage, reader, name, check)
    with reader.rights(), transaction.atomic():
        forget_misses()
        yield from noticed_at(stage, reader, looked_at)
        transaction.set_rollback(True)
