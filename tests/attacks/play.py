"""A play in which every kind of letter really goes out, from the invitation to a new password."""

import datetime as dt
import io
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import time_machine
from django.core.management import call_command
from django.urls import resolve

from accounts.models import User
from agencies.models import Agency, Person
from feedback.models import Action, Concern, ReportBack
from feedback.services import actions, concerns, dispositions
from feedback.services import report_back as report_backs
from surveys.models import Invitation
from surveys.services import questionnaires, responses, waves
from tests import factories
from tests.account_letters import ask_for_all

START = factories.NOW


@dataclass
class Cast:
    cco: User
    liaison: User
    agency: Agency
    answers: Person
    silent: Person


class Play:
    """`post` is called whenever letters may be due; without one they simply go out."""

    def __init__(self, cast, client, *, post=None):
        self.cast = cast
        self.client = client
        self.post = post or self.tick
        self.now = START

    def run(self):
        with time_machine.travel(START, tick=False) as self.clock:
            self.open_the_survey()
            self.answer_it()
            self.reply_and_open_an_action()
            self.wait_until_it_is_late()
            self.report_back()
            self.find_nobody_to_ask()
            self.ask_for_accounts_letters()

    @staticmethod
    def tick():
        call_command("tick", stdout=io.StringIO())

    def go_to(self, month, day):
        """16 hours UTC: the office is open."""
        self.now = dt.datetime(START.year, month, day, 16, 0, tzinfo=dt.UTC)
        self.clock.move_to(self.now)
        self.post()

    # ---- The acts

    def open_the_survey(self):
        questionnaire = questionnaires.create(
            title="How are we doing?",
            introduction="Once a year we ask.",
            questions=[
                {"kind": "rating", "topic": "Outages", "text": "They tell us in time."},
                {"kind": "long_text", "topic": "Other", "text": "Anything else?"},
            ],
            by=self.cast.cco,
            now=self.now,
        )
        waves.prepare(
            by=self.cast.cco,
            questionnaire=questionnaire,
            title="How are we doing? 2027",
            opens_on=self.now.date(),
            closes_on=self.now.date() + dt.timedelta(days=30),
            reminder_days=[7, 14],
        )
        self.post()

    def answer_it(self):
        invitation = Invitation.objects.get(person=self.cast.answers)
        rating, words = invitation.wave.questionnaire.questions.order_by("position")
        responses.submit(
            invitation=invitation,
            answers={
                rating.pk: {"number": 2, "text": "Nobody told us."},
                words.pk: {"text": "Please visit us."},
            },
            now=self.now,
        )
        self.post()

    def reply_and_open_an_action(self):
        late, visit = Concern.objects.order_by("answer__question__position")
        dispositions.open_action(
            concern=late,
            what="Send notices to the duty officer",
            owner=self.cast.liaison,
            due_on=dt.date(START.year, 3, 10),
            by=self.cast.liaison,
            now=self.now,
        )
        dispositions.reply(
            concern=visit, text="We come on Monday.", by=self.cast.liaison, now=self.now
        )
        self.post()
        self.say_not_fixed(visit, "Nobody came.")

    def wait_until_it_is_late(self):
        """Reminded before, told after; and the silent one is called at last."""
        for day in (8, 10, 11, 12, 15, 17):
            self.go_to(3, day)

    def report_back(self):
        action = Action.objects.get()
        actions.complete(action=action, outcome="Done.", by=self.cast.liaison, now=self.now)
        self.post()
        self.say_not_fixed(action.concern, "The last outage came without a notice.")

    def say_not_fixed(self, concern, words):
        report_backs.answer(
            report_back=ReportBack.objects.get(concern=concern, superseded_at=None),
            verdict="not_fixed",
            words=words,
            now=self.now,
            by=self.cast.answers,
        )
        self.post()

    def find_nobody_to_ask(self):
        concern = concerns.raise_directly(
            agency=self.cast.agency,
            person=None,
            quote="The network is slow.",
            by=self.cast.liaison,
            now=self.now,
        )
        dispositions.reply(
            concern=concern, text="It is faster now.", by=self.cast.liaison, now=self.now
        )
        self.post()

    def ask_for_accounts_letters(self):
        ask_for_all(
            self.client,
            chief=self.cast.cco,
            liaison=self.cast.liaison,
            new_address="new@oit.example",
            now=self.now,
        )
        self.post()


# ---- What the letters carry ----------------------------------------------------------------------


def links_in(mails, base_url):
    """The paths of every address of the portal in these letters, both parts of them."""
    pattern = re.compile(re.escape(base_url) + r"([^\s<>\"']+)")
    parts = [mail.get_body([kind]).get_content() for mail in mails for kind in ("plain", "html")]
    return sorted({path for part in parts for path in pattern.findall(part)})


def keys_in(path):
    """What of the path is a key: each text in it that is no number, and each value asked for."""
    url = urlsplit(path)
    captured = [str(value) for value in resolve(url.path).kwargs.values()]
    asked = [value for _name, value in parse_qsl(url.query)]
    return {text for text in captured + asked if len(text) >= 16}
