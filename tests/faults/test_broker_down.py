"""The broker is down for the whole of a test: nobody who works with the portal notices.

The web works, one `manage.py tick` does everything that is due, and nothing is done twice when the
broker is back.
"""

import contextlib
import io
import time
from collections import Counter

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from django.core.management import call_command
from django.urls import reverse

from crm_portal import events
from crm_portal.celery import app
from crm_portal.lib import links
from outbox.models import Letter
from surveys.models import Invitation, Response, Wave
from tests import factories as make
from tests.doors.table import DOORS
from tests.doors.test_matrix import expected, outcome
from tests.faults import desk
from tests.faults.parts import wait_for
from tests.story.stage import clock_at

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "walk the dog at dawn"
# Seconds that any one page may take on a busy machine. A broker that keeps silent costs 2, once.
QUICK = 5
PEOPLE, ACTIONS = 6, 3


class Watch:
    """Times what people do; the figure is the slowest."""

    def __init__(self):
        self.seconds = {}

    @contextlib.contextmanager
    def __call__(self, what):
        begun = time.monotonic()
        yield
        self.seconds[what] = time.monotonic() - begun

    def __str__(self):
        slowest = max(self.seconds, key=self.seconds.get)
        return f"{len(self.seconds)} pages, the slowest {self.seconds[slowest]:.1f} s ({slowest})"

    @property
    def slow(self):
        return {what: seconds for what, seconds in self.seconds.items() if seconds > QUICK}


@pytest.fixture
def watch(client, db):
    # The first page of a process loads code for all.
    client.get(reverse("account_login"))
    return Watch()


@pytest.fixture(params=["nobody listens", "nobody answers"])
def dead_broker(request, broker, silence, ring_at):
    ring_at(broker.url if request.param == "nobody listens" else silence.url)
    return request.param


@pytest.fixture
def full_desk(liaison, lead, cco, state_cio):
    """Everything is due, and it is that instant."""
    with clock_at(make.NOW):
        desk.fill(people=PEOPLE, actions=ACTIONS, liaison=liaison)
        yield desk


def tick():
    call_command("tick", stdout=io.StringIO())


# ---- The web ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["cco", "liaison"])
def test_every_page_opens(client, world, silence, ring_at, watch, figure, role):
    ring_at(silence.url)
    client.force_login(world.people[role])
    wrong = {}
    for name, door in DOORS.items():
        if "GET" in door.methods:
            with watch(name):
                answer = client.get(reverse(name, kwargs=door.kwargs(world)))
            seen, wanted = outcome(answer), expected(door, role, "GET", world)
            if seen != wanted:
                wrong[name] = f"{seen} instead of {wanted}"
    figure(f"broker silent, {role}: {watch}")
    assert wrong == {}
    assert silence.calls() == 0
    assert watch.slow == {}


def test_people_work_and_one_tick_does_everything(
    client, full_desk, cco, dead_broker, silence, smtp_sink, watch, figure
):
    work_on_the_web(client, cco, watch)
    with watch("tick"):
        tick()
    figure(f"{dead_broker}: {watch}")
    assert full_desk.done()["letters"] == after_work()
    assert full_desk.done()["concerns raised"] == 2
    assert set(copies(smtp_sink).values()) == {1}
    assert copies(smtp_sink).total() == sum(after_work().values())
    assert silence.calls() == (dead_broker == "nobody answers")
    assert watch.slow == {}


def work_on_the_web(client, cco, watch):
    """Sign in, look at the dashboard, open a wave, forget a password; and somebody answers."""
    cco.set_password(PASSWORD)
    cco.save()
    with watch("sign in"):
        answer = client.post(reverse("account_login"), {"login": cco.email, "password": PASSWORD})
    assert answer.status_code == 302
    with watch("dashboard"):
        assert client.get("/").status_code == 200
    wave = Wave.objects.get(title="To open")
    with watch("open a wave"):
        assert client.post(reverse("surveys:wave_open", args=[wave.pk])).status_code == 302
    with watch("forget a password"):
        client.post(reverse("account_reset_password"), {"email": cco.email})
    answer_the_survey(client, Invitation.objects.filter(wave__title="Running").latest("pk"), watch)


def answer_the_survey(client, invitation, watch):
    with watch("open the link"):
        link = reverse("surveys:open_link", args=[links.token_of("survey", invitation)])
        page = client.get(link)["Location"]
    question = f"q{invitation.wave.questionnaire.questions.get().pk}"
    with watch("autosave"):
        saved = client.post(
            reverse("surveys:autosave", args=[invitation.public_id]),
            {"autosave_field": question, "autosave_sequence": 1, question: "1"},
        )
        assert saved.status_code == 200
    with watch("send the answers"):
        words = {question: "1", f"{question}_text": "Nobody told us.", "go": "send"}
        assert client.post(f"{page}?step=all", words).status_code == 303
    assert Response.objects.submitted().filter(invitation=invitation).exists()


def after_work():
    """The letters of a cleared desk, and what the work on the web adds: one more has answered."""
    letters = desk.cleared(people=PEOPLE, actions=ACTIONS)["letters"]
    return {
        **letters,
        ("sent", "reminder"): letters["sent", "reminder"] - 1,
        ("sent", "thanks"): 1,
        ("sent", "password_reset"): 1,
    }


def copies(sink):
    return Counter(row["message_id"] for row in sink.journal)


def test_silence_is_not_asked_again_at_once(silence, ring_at, monkeypatch):
    ring_at(silence.url)
    ring = events._bell("outbox.tasks.send_due", {})
    ring()
    ring()
    assert silence.calls() == 1
    monkeypatch.setattr(events, "_left_alone_until", time.monotonic())
    ring()
    assert silence.calls() == 2


def test_a_bell_that_is_rung_for_long_is_noticed(
    client, full_desk, cco, broker, ring_at, settings, monkeypatch, watch
):
    """The negative control: Celery's own patience with a broker that is down."""
    for option in ("max_retries", "interval_start", "interval_step"):
        monkeypatch.delitem(settings.CELERY_BROKER_TRANSPORT_OPTIONS, option)
    ring_at(broker.url)
    work_on_the_web(client, cco, watch)
    assert watch.slow.keys() == {"open a wave"}


# ---- The broker is back -------------------------------------------------------------------------


@contextlib.contextmanager
def worker():
    """A worker, and the names of the tasks that it has done."""
    done = []

    def note(task, **_words):
        done.append(task.name)

    app.loader.import_default_modules()
    task_postrun.connect(note)
    try:
        with start_worker(app, pool="solo", perform_ping_check=False, loglevel="WARNING"):
            yield done
    finally:
        task_postrun.disconnect(note)


def ring_every_bell():
    """What the broker may have kept: each event once more, and some ticks. Returns how many."""
    facts = {
        "wave_opened": {"wave_id": Wave.objects.get(title="Running").pk},
        "response_submitted": {"response_id": Response.objects.earliest("pk").pk},
        "letters_planned": {},
        "import_wanted": {"draft_id": 0},
    }
    bells = [(task, facts[event]) for event, tasks in events.EVENTS.items() for task in tasks]
    bells += [("crm_portal.tasks.tick", {})] * 3
    for task, ids in bells:
        app.send_task(task, kwargs=ids)
    return len(bells)


def test_nothing_is_sent_twice_when_the_broker_is_back(
    client, full_desk, broker, ring_at, smtp_sink, watch
):
    ring_at(broker.url)
    tick()
    tick()
    before, sent = full_desk.done(), copies(smtp_sink)
    assert before == full_desk.cleared(people=PEOPLE, actions=ACTIONS)

    broker.start()
    with worker() as done:
        rung = ring_every_bell()
        wait_for(lambda: len(done) == rung, say_why=lambda: done)
        assert (full_desk.done(), copies(smtp_sink)) == (before, sent)

        # It hears again: thanks go out without a tick.
        answer_the_survey(client, Invitation.objects.latest("pk"), watch)
        wait_for(lambda: Letter.objects.filter(kind="thanks", state="sent").exists())
        assert set(copies(smtp_sink).values()) == {1}

        # The negative control: without the rows that say what was sent, it is sent again.
        Letter.objects.all().delete()
        rung = len(done) + ring_every_bell()
        wait_for(lambda: len(done) >= rung, say_why=lambda: done)
        assert max(copies(smtp_sink).values()) == 2
