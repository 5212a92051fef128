"""The portal's pages and forms as a browser asks for them."""

import datetime as dt
import itertools
import random
import uuid
from urllib.parse import urlencode

from bench.client import Request

SEE_OTHER = (302, 303)


class Requests:
    """Requests to one portal. `facts`: what `bench.portal.process prepare` printed."""

    def __init__(self, facts, *, agencies, seed):
        self.facts = facts
        self.dice = random.Random(seed)
        self.agencies = [self.dice.randint(1, agencies) for _ in range(1000)]
        self.session = {"Cookie": facts["session"]}
        self.csrf = "{name}={token}".format(**facts["csrf"])

    def agency(self, number):
        """Another one each time: nobody looks at the same page all day."""
        return self.agencies[number % len(self.agencies)]

    def pages(self):
        """(key, name, request) of what staff look at."""
        wave = self.facts["answered_wave"]
        agency = self.agency
        pages = [
            ("G1", "list of agencies, 25 on a page", "/agencies/"),
            ("G1/100", "list of agencies, 100 on a page", "/agencies/?per_page=100"),
            ("G1b", "list of agencies, 200 on a page", "/agencies/?per_page=200"),
            ("G2", "one agency", lambda n: f"/agencies/{agency(n)}/"),
            ("G2b", "all meetings of one agency",
             lambda n: f"/agencies/{agency(n)}/meetings/?per_page=200"),
            ("G6", "results of a wave", f"/surveys/{wave}/results/"),
            ("G6/agency", "results of a wave, one agency",
             lambda n: f"/surveys/{wave}/results/?agency={agency(n)}"),
            ("G7", "the chief customer officer's home", "/"),
        ]  # fmt: skip
        return [(key, name, Request(path, self.session)) for key, name, path in pages]

    def survey_page(self):
        first = self.facts["visits"][0]
        return Request(f"{first['path']}?step=all", {"Cookie": first["cookie"]})

    def log_meeting(self):
        """Each form is another one, with three people who were there."""
        yesterday = f"{dt.datetime.now(dt.UTC) - dt.timedelta(days=1):%Y-%m-%dT%H:%M}"

        def body(number):
            agency = self.agency(number)
            fields = [
                ("csrfmiddlewaretoken", self.facts["csrf"]["token"]),
                ("submit_key", uuid.uuid4()),
                ("agencies", agency),
                ("mode", "phone"),
                ("mood", 4),
                ("held_at", yesterday),
                ("note", "They want a notice a day ahead, by text message, and a name to call."),
                *(("people", person) for person in self.facts["people"][str(agency)]),
            ]
            return urlencode(fields)

        headers = {"Cookie": f"{self.session['Cookie']}; {self.csrf}"}
        return Request("/meetings/log/", headers, body=body, ok=SEE_OTHER)

    def submit(self):
        """Everybody who was invited answers once, all in the same wave."""
        visits = self.facts["visits"]
        ratings = itertools.cycle([3, 5, 4, 2, 5, 4, 4])

        def body(_number):
            said = {
                f"q{pk}": "Nobody told us about the outage."
                if kind == "long_text"
                else next(ratings)
                for pk, kind in self.facts["questions"]
            }
            return urlencode(
                {"csrfmiddlewaretoken": self.facts["csrf"]["token"], "go": "send"} | said
            )

        return Request(
            lambda n: f"{visits[n]['path']}?step=all",
            lambda n: {"Cookie": f"{visits[n]['cookie']}; {self.csrf}"},
            body=body,
            ok=SEE_OTHER,
            supply=len(visits),
        )

    def export(self):
        return Request(f"/surveys/{self.facts['answered_wave']}/export/", self.session)
