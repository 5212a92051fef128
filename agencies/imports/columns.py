"""Which column holds what, and one row as a record whose cells have been checked."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.imports.normalising import squeeze, tidy_city
from agencies.imports.states import code_of

FIELDS = {
    "name": gettext_lazy("Name"),
    "unit": gettext_lazy("Suborganization"),
    "state": gettext_lazy("State"),
    "city": gettext_lazy("City"),
    "domain": gettext_lazy("Internet domain"),
    "acronym": gettext_lazy("Acronym"),
    "head_count": gettext_lazy("Head count"),
    "cabinet": gettext_lazy("Cabinet"),
}
_HEADINGS = {
    "name": "organization name|organisation name|organization|organisation|agency name|agency"
    "|customer|partner|department|department name|name|entity|entity name",
    "unit": "suborganization name|suborganisation name|suborganization|suborganisation"
    "|sub organization|division|unit|bureau",
    "state": "state|state code|st|state abbreviation|jurisdiction",
    "city": "city|town|location|municipality",
    "domain": "domain name|domain|website|web site|url|internet domain|site",
    "acronym": "acronym|abbreviation|short name|abbr",
    "head_count": "head count|headcount|employees|fte|ftes|staff|number of employees",
    "cabinet": "cabinet|branch of government|secretariat",
}
_LIMITS = {"name": 200, "unit": 200, "city": 80, "acronym": 20, "cabinet": 80}
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


@dataclass(slots=True)
class Record:
    """One row. `error` says in words why it cannot be taken."""

    line: int
    name: str = ""
    unit: str = ""
    state: str = ""
    city: str = ""
    domain: str = ""
    acronym: str = ""
    head_count: int | None = None
    cabinet: str = ""
    note: str = ""
    error: str = ""


def guess(headings):
    """{field: number of the column} for the headings that we know."""
    plain = [re.sub(r"[\W_]+", " ", heading).strip().casefold() for heading in headings]
    columns = {}
    for field, names in _HEADINGS.items():
        for name in names.split("|"):
            if name in plain and plain.index(name) not in columns.values():
                columns[field] = plain.index(name)
                break
    return columns


def records(sheet, columns, default_state):
    """Every row as a record."""
    for line, cells in sheet.rows():
        yield _record(line, cells, len(sheet.headings), columns, default_state)


def _record(line, cells, width, columns, default_state):
    record = Record(line)
    texts = {field: squeeze(cells[at]) if at < len(cells) else "" for field, at in columns.items()}
    record.name, record.unit = texts.get("name", ""), texts.get("unit", "")
    record.acronym, record.cabinet = texts.get("acronym", ""), texts.get("cabinet", "")
    record.error = (
        _broken_cells(cells, width)
        or _take_name(record)
        or _take_state(record, texts.get("state", ""), default_state)
        or _take_domain(record, texts.get("domain", ""))
        or _take_head_count(record, texts.get("head_count", ""))
    )
    _take_city(record, texts.get("city", ""))
    return record


def _broken_cells(cells, width):
    if any(cell.strip() for cell in cells[width:]):
        return _("There are more cells than headings. Is a quotation mark missing?")
    if any("\0" in cell for cell in cells):
        return _("A cell holds an invisible character (NUL). Type the cell again.")
    if any("\ufffd" in cell for cell in cells):
        return _("Some letters cannot be read. Choose another encoding above, or correct the cell.")
    return ""


def _take_name(record):
    if not record.name:
        return _("There is no name.")
    if not any(char.isalnum() for char in record.name):
        return _("The name has no letter and no digit.")
    for field, limit in _LIMITS.items():
        if len(getattr(record, field)) > limit:
            return _("“%(field)s” is longer than %(limit)s characters.") % {
                "field": FIELDS[field],
                "limit": limit,
            }
    if len(f"{record.name}, {record.unit}") > _LIMITS["name"]:
        return _("Name and suborganization together are longer than 200 characters. Shorten one.")
    return ""


def _take_state(record, text, default_state):
    record.state = code_of(text) if text else default_state
    if record.state:
        return ""
    if text:
        return _("“%(state)s” is not a state. Write its two letters.") % {"state": text[:60]}
    return _("There is no state. Fill it in, or choose one for all rows above.")


def _take_domain(record, text):
    if not text:
        return ""
    domain = text.casefold().removeprefix("https://").removeprefix("http://")
    domain = domain.removeprefix("www.").rstrip("/.")
    if not _DOMAIN.fullmatch(domain):
        return _("“%(domain)s” is not a domain like example.gov.") % {"domain": text[:60]}
    record.domain = domain
    return ""


def _take_head_count(record, text):
    digits = re.sub(r"[,\s.']", "", text)
    if not digits:
        return ""
    # Python refuses to read thousands of digits as a number.
    is_number = digits.isascii() and digits.isdigit() and len(digits.lstrip("0")) <= 8
    if not is_number or int(digits[-8:]) > 10_000_000:
        return _("“%(count)s” is not a number of people.") % {"count": text[:60]}
    record.head_count = int(digits[-8:])
    return ""


def _take_city(record, text):
    if any(char.isdigit() for char in text):
        record.note = _("“%(city)s” is not a city; it was left out.") % {"city": text[:60]}
    elif len(text) > _LIMITS["city"]:
        record.error = record.error or _("The city is longer than 80 characters.")
    else:
        record.city = tidy_city(text)
