"""The whole loop once, quickly and without a browser, so that every kind of letter is sent.

Everything that writes is the product's own; the letters go to a real mail server.
"""

import datetime as dt
import re

import time_machine

from crm_portal.tick import tick
from feedback.models import Concern, ReportBack
from feedback.services import actions, concerns, dispositions, report_back
from surveys.models import Invitation
from surveys.services import questionnaires, responses, waves
from tests import factories as make
from tests.account_letters import ask_for_all

# Wednesday 3 March 2027, 9 o'clock in Denver.
START = dt.datetime(2027, 3, 3, 16, 0, tzinfo=dt.UTC)
NEW_ADDRESS = "carla@oit.example"
LINK = re.compile(r"https?://[^\s\"'<>)]+")


def links_in(mails, base):
    """Every address of ours in the letters: those in the text and those behind the buttons."""
    found = []
    for mail in mails:
        for kind in ("plain", "html"):
            text = mail.get_body([kind]).get_content().replace("&amp;", "&")
            found += [link for link in LINK.findall(text) if link.startswith(base)]
    return list(dict.fromkeys(found))


class Loop:
    """One agency's way through a survey, its concerns, and an account's letters."""

    def __init__(self, *, client, agency, liaison, cco):
        self.client, self.agency, self.liaison, self.cco = client, agency, liaison, cco
        self.now = START

    def play(self):
        """From the opening of a wave to the last letter; returns when the last one was sent."""
        ines = self._open_a_wave()
        self._answer(ines)
        fixed, words, nobody = self._dispose(ines)
        self._be_late(fixed)
        self._report(fixed, words, nobody)
        self._write_about_accounts()
        self.pass_days(1)
        return self.now

    def pass_days(self, days):
        """Every morning the portal does what is due."""
        for _day in range(days):
            self.now += dt.timedelta(days=1)
            self.tick()

    def tick(self):
        with time_machine.travel(self.now, tick=False):
            assert tick(now=self.now) == []

    def _open_a_wave(self):
        ines = make.PersonFactory(agency=self.agency, name="Ines Cruz")
        make.PersonFactory(agency=self.agency, name="Sid Silent")
        rating = {"lineage": "speed", "topic": "Speed", "text": "They are fast.", "kind": "rating"}
        waves.prepare(
            by=self.cco,
            questionnaire=questionnaires.create(
                title="How are we?", questions=[rating], by=self.cco, now=self.now
            ),
            title="2027",
            opens_on=self.now.date(),
            closes_on=self.now.date() + dt.timedelta(days=90),
            reminder_days=[2, 4],
        )
        self.tick()
        return ines

    def _answer(self, person):
        [question] = person.invitations.get().wave.questionnaire.questions.all()
        responses.submit(
            invitation=Invitation.objects.get(person=person),
            answers={question.pk: {"number": 2, "options": (), "text": "Too slow."}},
            now=self.now,
        )
        self.pass_days(6)

    def _dispose(self, person):
        """One concern gets an action, one a reply, and one was raised by nobody in particular."""
        fixed = Concern.objects.get(agency=self.agency)
        told = {"agency": self.agency, "by": self.liaison, "now": self.now}
        words = concerns.raise_directly(person=person, quote="Why so dear?", **told)
        nobody = concerns.raise_directly(person=None, quote="Somebody said so.", **told)
        for concern in (fixed, nobody):
            self._open_action(concern)
        dispositions.reply(
            concern=words, text="It is the price of power.", by=self.liaison, now=self.now
        )
        return fixed, words, nobody

    def _open_action(self, concern):
        dispositions.open_action(
            concern=concern,
            what="Be faster",
            owner=self.liaison,
            due_on=self.now.date() + dt.timedelta(days=5),
            by=self.liaison,
            now=self.now,
        )

    def _be_late(self, concern):
        self.pass_days(14)
        assert concern.actions.get().rungs.exists()

    def _report(self, fixed, words, nobody):
        for concern in (fixed, nobody):
            actions.complete(
                action=concern.actions.get(), outcome="Done.", by=self.liaison, now=self.now
            )
        self.tick()
        for concern in (fixed, words):
            report_back.answer(
                report_back=ReportBack.objects.get(concern=concern),
                verdict="not_fixed",
                words="No.",
                now=self.now,
            )
        self.tick()

    def _write_about_accounts(self):
        with time_machine.travel(self.now, tick=False):
            ask_for_all(
                self.client,
                chief=self.cco,
                liaison=self.liaison,
                new_address=NEW_ADDRESS,
                now=self.now,
            )
