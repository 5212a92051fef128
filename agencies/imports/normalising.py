"""Names of organisations: the same one in many spellings has one key. Pure.

Only what is certain is done here: blanks, capitals, well-known abbreviations, the state's own
name. A misspelt word stays as it is; `likeness` asks a person about it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from agencies.imports.states import STATES

SMALL = {"of", "the", "for", "and", "in", "on", "at", "to", "a", "an", "by", "with"}
# The letter says which of several it is: "District A" is not just any district.
_MEANINGLESS = SMALL - {"a"}
# Written in capitals also where the rest is calmed down.
ACRONYMS = {
    "IT", "OIT", "CPA", "DMV", "HIV", "AIDS", "EMS", "USA", "US", "GIS", "HR", "TV", "CIO", "DNA",
    "ADA", "NCTAK", "CGIA", "DENR", "DHS", "DOT", "DHHS",
}  # fmt: skip
# A name that begins like this is whole without the state in front.
UNITS = {
    "department": 1, "agency": 1, "commission": 1, "board": 1, "authority": 1, "council": 1,
    "office": 3, "division": 4, "bureau": 5, "section": 6, "unit": 6,
}  # fmt: skip
_STANDS_ALONE = {*UNITS, "governor's", "lieutenant", "administrative", "executive", "center"}
# In front of "Board of Elections" and the like: not a name by itself.
_NO_PART = {"state", "administrative", "executive", "governors"}
_ABBREVIATIONS = [
    (r"Dep(?:t|'t|mt)\b\.?", "Department"),
    (r"Admin\.(?= Office\b)", "Administrative"),
    (r"Admin\.", "Administration"),
    (r"Pub\.", "Public"),
    (r"Lt\.", "Lieutenant"),
    (r"Gov\.", "Governor"),
    (r"Div\b\.?", "Division"),
    (r"Bur\.", "Bureau"),
    (r"Ofc\b\.?", "Office"),
    (r"Bd\.", "Board"),
    (r"Auth\.", "Authority"),
    (r"Svcs?\b\.?", "Services"),
    (r"Gov(?:'t|t\b\.?)", "Government"),
    (r"Univ\.", "University"),
    (r"Mgmt\b\.?", "Management"),
    (r"Ctr\b\.?", "Center"),
]
_ABBREVIATION = [
    (re.compile(rf"(?<!\w){short}(?!\w)", re.IGNORECASE), long) for short, long in _ABBREVIATIONS
]
_INVISIBLE = dict.fromkeys([0xFEFF, 0x200B, 0x200C, 0x200D, 0x2060, 0x00AD])
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"'})
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_BRACKETED = re.compile(r"\s*\(([A-Z][A-Z&]{1,9})\)$")
_PART = re.compile(
    r"\s*/\s*|\s*,\s*|\s+[-–—]\s*|-\s+"
    r"|\s+(?:of the |of )?(?=(?:Department|Division|Bureau|Office|Board|Commission) of\b)"
)


@dataclass(frozen=True, slots=True)
class Name:
    """`written`: without stray blanks. `shown`: what the agency would be called. `key`: equal
    keys are one organisation. `steps`: what was done to get there, as words of `explaining`."""

    written: str
    shown: str
    key: str
    acronym: str
    steps: tuple[str, ...]
    parts: tuple[str, ...]  # the keys of what commas, dashes and strokes divide
    unit: str  # the key of the smallest unit among the parts
    is_alias: bool  # a stroke divides two names of one organisation
    core: str  # without the state's name


def squeeze(text):
    """One blank between words, none around, nothing invisible."""
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    return " ".join(text.split())


@lru_cache(maxsize=20_000)
def normal(written, state):
    """The Name for a spelling without stray blanks, in a state given by two letters."""
    steps = []

    def step(name, before, after):
        if before != after:
            steps.append(name)
        return after

    text = written.translate(_QUOTES)
    text = step("capitals", text, calm(text, keep={state}))
    text = step("ampersand", text, re.sub(r"\s*&\s*", " and ", text) if " & " in text else text)
    text = step("abbreviation", text, spell_out(text))
    rest, acronym = _acronym_apart(text, state)
    text = step("acronym", text, rest)
    core = without_state(text, state)
    step("state", text, core)
    core = step("of", core, re.sub(r"^Department (?=[A-Z])", "Department of ", core))
    key = key_of(core)
    parts = _parts(core, state) or (key,)
    return Name(
        written=written,
        shown=_shown(text, core, state),
        key=key,
        acronym=acronym,
        steps=tuple(steps),
        parts=parts,
        unit=_smallest(parts),
        is_alias="/" in core,
        core=core,
    )


def _parts(core, state):
    """The keys of what a name is put together from; nothing when it is in one piece."""
    pieces = _PART.split(core)
    if len(pieces) == 1:
        return ()
    keys = (key_of(without_state(piece, state)) for piece in pieces)
    return tuple(key for key in keys if key and key not in _NO_PART)


def of_unit(organisation, unit, state):
    """The Name of a suborganisation: always apart from its organisation and from its sisters."""
    above, below = normal(organisation, state), normal(unit, state)
    return Name(
        written=f"{organisation}, {unit}",
        shown=f"{above.shown}, {below.core}",
        key=f"{above.key} | {below.key}",
        acronym=below.acronym,
        steps=tuple(dict.fromkeys(above.steps + below.steps)),
        parts=(above.key, below.key),
        unit=below.key,
        is_alias=False,
        core=f"{above.core}, {below.core}",
    )


def calm(text, keep=frozenset()):
    """Title case for what shouts (or whispers) throughout; small words small in any case."""
    words = text.split(" ")
    shouts = len(words) > 1 and (text.isupper() or text.islower())
    calmed = []
    for number, word in enumerate(words):
        bare = word.strip(".,;:()/\"'-")
        if shouts and not (word.isupper() and bare in ACRONYMS | keep):
            word = _title(word)
        is_small = number and bare.casefold() in SMALL and bare not in keep
        if is_small and (shouts or not bare.isupper()):
            word = word.lower()
        calmed.append(word)
    return " ".join(calmed)


def _title(word):
    # str.title() would write "Attorney'S" and "16Th".
    return re.sub(
        r"\d+[a-z]+|[^\W\d_]+(?:'[^\W\d_]+)?",
        lambda match: match[0] if match[0][0].isdigit() else match[0].capitalize(),
        word.lower(),
    )


def tidy_city(text):
    """ "LA JUNTA", "raleigh" and "Oklahoma city" as a letterhead writes them."""
    return " ".join(
        _title(word) if word.isupper() or word.islower() else word for word in text.split()
    )


def spell_out(text):
    """Well-known abbreviations as whole words."""
    for pattern, long in _ABBREVIATION:
        text = pattern.sub(long, text)
    return text


@lru_cache(maxsize=64)
def _state_patterns(state):
    full = re.escape(STATES.get(state, state))
    dotted = r"\.?\s?".join(re.escape(letter) for letter in state)
    # Small letters would be words: "in", "or", "me".
    one = rf"(?:(?i:{full})|{dotted}(?:\.|(?!\w)))"
    front = rf"^(?:[Tt]he\s+)?(?:(?i:state of)\s+)?{one}(?:\s*,\s*|\s+[-–—:]\s*|\s+)(?=\w)"
    back = rf"(?<=\w)\s*(?:,|\s[-–—])\s*(?:(?i:state of)\s+)?{one}$"
    return re.compile(front), re.compile(back)


def without_state(text, state):
    """The name without its state in front or behind, unless nothing else would be left."""
    front, back = _state_patterns(state)
    rest = back.sub("", front.sub("", text))
    rest = re.sub(r"^[Tt]he\s+(?=\w)", "", rest)
    return rest if key_of(rest) and key_of(rest) not in {"state", "city"} else text


def key_of(text):
    """Words only: no capitals, accents, punctuation or small words."""
    plain = text.translate(_QUOTES)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).casefold()
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(char for char in plain if not unicodedata.combining(char))
    words = _BETWEEN_WORDS.split(plain.lower().replace("'", ""))
    return " ".join(word for word in words if word and word not in _MEANINGLESS)


def _acronym_apart(text, state):
    """The name without "(OIT)" behind it, if these are its own initials; and those."""
    found = _BRACKETED.search(text)
    if not found:
        return text, ""
    rest, letters = text[: found.start()], found[1].replace("&", "")
    own = initials(key_of(without_state(rest, state)))
    if any(whole.endswith(letters) for whole in (own, state + own)):
        return rest, found[1]
    return text, ""


def initials(key):
    """The first letters of the words of a key, in capitals."""
    return "".join(word[0] for word in key.split() if word != "|").upper()


def _shown(text, core, state):
    first = core.split(" ")[0].casefold()
    if core == text or first in _STANDS_ALONE or state not in STATES:
        return core
    return f"{STATES[state]} {core}"


def _smallest(parts):
    """Of "department, division" the division; a part without such a word is in between."""
    if len(parts) < 2:
        return ""
    ranks = [next((UNITS[word] for word in part.split() if word in UNITS), 2) for part in parts]
    return max(zip(ranks, range(len(parts)), parts, strict=True))[2]
