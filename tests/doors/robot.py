"""A robot that reads forms as a browser does, fills them in, and sends them anywhere."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

MADE_UP = {
    "date": "2027-03-10",
    "datetime-local": "2027-03-03T09:00",
    "email": "somebody@else.example",
    "number": "7",
    "url": "https://else.example/",
}
WORDS = "Words of a robot."


@dataclass
class Form:
    """A form as it stands on a page. `chosen` holds what it starts with, `offered` all choices,
    `words` the names of fields for a word."""

    action: str
    method: str
    chosen: dict = field(default_factory=dict)
    offered: dict = field(default_factory=dict)
    words: list = field(default_factory=list)

    def filled(self):
        """What a browser would send after somebody has filled in every empty field."""
        data = {name: values for name, values in self.chosen.items() if values}
        for name, values in self.offered.items():
            if not data.get(name):
                data[name] = [next((value for value in values if value), "")]
        return data


class Forms(HTMLParser):
    """The forms of a page, where its links lead, and the parts that it loads."""

    def __init__(self, html):
        super().__init__()
        self.forms, self.links, self.parts = [], [], []
        self._form = self._select = self._area = None
        self.feed(html)

    def handle_starttag(self, tag, pairs):
        have = dict(pairs)
        self.links += [have["href"]] if "href" in have and tag != "link" else []
        self.parts += [have["hx-get"]] if "hx-get" in have else []
        if tag == "form":
            self._form = Form(have.get("action", ""), have.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is None or not (have.get("name") or tag == "option"):
            return
        elif tag == "select":
            self._select = have["name"]
            self._form.offered.setdefault(self._select, [])
        elif tag == "option" and self._select:
            self._take(self._select, have.get("value", ""), "selected" in have)
        elif tag == "textarea":
            self._area = have["name"]
            self._form.chosen[self._area] = [WORDS]
        elif tag == "input":
            self._take_input(have)

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data):
        if self._area and data.strip() and self._form:
            self._form.chosen[self._area] = [data]
        self._area = None

    def _take(self, name, value, is_chosen):
        self._form.offered.setdefault(name, []).append(value)
        if is_chosen:
            self._form.chosen.setdefault(name, []).append(value)

    def _take_input(self, have):
        kind, name, value = have.get("type", "text"), have["name"], have.get("value", "")
        if kind in {"checkbox", "radio"}:
            self._take(name, have.get("value", "on"), "checked" in have)
        elif kind == "hidden":
            self._form.chosen[name] = [value]
        elif kind not in {"file", "submit", "button", "image", "reset"}:
            self._form.chosen[name] = [value or MADE_UP.get(kind, WORDS)]
            self._form.words += [name] if kind in {"text", "search"} else []
