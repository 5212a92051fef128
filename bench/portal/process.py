"""What is done inside a process of the portal's own: `python -m bench.portal.process STEP …`.

Each step is a function of this module that takes words and returns what is printed as JSON.
"""

import json
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_portal.settings")
django.setup()

import psutil  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core import signing  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts import office  # noqa: E402
from accounts.models import User  # noqa: E402
from agencies.models import Person  # noqa: E402
from bench import servers  # noqa: E402
from bench.measure import repeat  # noqa: E402
from feedback.services import escalation  # noqa: E402
from outbox.models import Letter  # noqa: E402
from outbox.services import sending  # noqa: E402
from surveys.models import Invitation, Question, Wave  # noqa: E402
from surveys.services import invitations  # noqa: E402

VISITS = 6_000
PARTICIPANTS = 3


def prepare():
    """Count the summaries, invite everybody, climb the ladder; what requests need."""
    call_command("rebuild_summaries", verbosity=0)
    now = timezone.now()
    wave = Wave.objects.open().get()
    invitations.invite(wave=wave, now=now)
    escalation.remind_before_due(now=now)
    escalation.climb(now=now)
    cco = User.objects.get(role="cco")
    return {
        "session": session_of(cco),
        "csrf": {"name": settings.CSRF_COOKIE_NAME, "token": "a" * 32},
        "visits": [visit(row) for row in Invitation.objects.filter(wave=wave)[:VISITS]],
        "questions": list(
            Question.objects.filter(questionnaire=wave.questionnaire_id)
            .order_by("position")
            .values_list("pk", "kind")
        ),
        "answered_wave": Wave.objects.order_by("-opens_on")[1].pk,
        "people": participants(),
    }


def visit(invitation):
    """The address of a survey and the cookie with which its link's visitor comes."""
    return {
        "path": f"/survey/{invitation.public_id}/",
        "cookie": f"survey={signing.dumps(invitation.token_hash, salt='survey')}",
    }


def participants():
    """{agency's pk: pks of some who are there}."""
    people = {}
    for agency, pk in Person.objects.current().order_by("pk").values_list("agency", "pk"):
        if len(people.setdefault(agency, [])) < PARTICIPANTS:
            people[agency].append(pk)
    return people


def session_of(user):
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def at_work():
    """An instant at which the office writes letters."""
    return office.calendar().next_opening(timezone.now()) + timezone.timedelta(minutes=5)


def plan(count):
    """Plan reminders for so many of the silent, as the tick does. Returns how many were planned."""
    settle()
    wave = Wave.objects.open().get()
    silent = invitations._silent(wave).order_by("-pk")[: int(count)]
    with LongAgo():
        Invitation.objects.filter(pk__in=[row.pk for row in silent]).update(
            invited_at=wave.opened_at
        )
    invitations.plan_letters(now=at_work())
    return Letter.objects.filter(state=Letter.State.QUEUED).count()


def settle():
    """Every letter was sent already: yesterday, as nobody gets two of a survey in a day."""
    yesterday = timezone.now() - timezone.timedelta(days=1)
    with LongAgo():
        Letter.objects.filter(state=Letter.State.QUEUED).update(
            state=Letter.State.SENT, done_at=yesterday
        )


class LongAgo:
    """Writes without triggers: what is written has always been so."""

    def __enter__(self):
        self.set("replica")

    def __exit__(self, *_failure):
        self.set("origin")

    @staticmethod
    def set(role):
        with connection.cursor() as cursor:
            cursor.execute(f"SET session_replication_role = {role}")


def send(database):
    """Send what is due over the mail server of the settings."""
    count = servers.Statements(Cursor())
    begin, own = time.perf_counter(), time.process_time()
    before = servers.cpu_seconds(int(database))
    sent = []
    statements = count.during(lambda: sent.append(sending.send_due(now=at_work())))
    return {
        "sent": sent[0],
        "statements": statements,
        "seconds": time.perf_counter() - begin,
        "cpu": time.process_time() - own + servers.cpu_seconds(int(database)) - before,
        "megabytes": psutil.Process().memory_info().rss / 1e6,
    }


class Cursor:
    """The portal's own connection, used as `servers.Statements` uses one."""

    def execute(self, sql):
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor


def due(size, database, *keys):
    """Find what is due: what the tick did once, it does again for nothing."""
    now = at_work()
    return [line(key, *STEPS[key], now, size, int(database)) for key in keys]


def actions_due(*, now):
    escalation.remind_before_due(now=now)
    escalation.climb(now=now)


STEPS = {
    "G9": ("reminders and escalations due of actions", actions_due),
    "G9/survey": ("reminders due of invitations", invitations.plan_letters),
    "G9/reminded": ("the same, when all are reminded already", invitations.plan_letters),
}


def line(key, name, step, now, size, database):
    def work():
        # Each tick reads the office's profile and calendar anew.
        office.forget()
        step(now=now)

    work()
    settle()
    sql = servers.Statements(Cursor()).during(work)
    return vars(repeat(key, name, work, times=20, size=size, database=database, sql=sql))


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
