"""One complaint, from the survey's question to the agency's "fixed", as three people see it.

Everything is real: PostgreSQL, the broker, a worker, the mail server, three browsers. Only the
clock is the test's. `make story` runs it slowly and says what happens.
"""

import datetime as dt

import pytest

from feedback.models import Action, Concern, Rung
from surveys.services import questionnaires, waves
from tests.story.stage import Stage, clock_at

# Wednesday 3 March 2027, 9 o'clock in Denver.
START = dt.datetime(2027, 3, 3, 16, 0, tzinfo=dt.UTC)
PASSWORD = "walk the dog at dawn"
INES, DANA, LEE = "ines@dot.example", "dana@oit.example", "lead@oit.example"
COMMENT = "Nobody told us about the outage on payday."
WORK = "Send outage notices to the duty officer"
FIRST_TRY = "Outage notices now go to your duty officer."
SECOND_TRY = "The duty officer confirmed a test notice by text message today."
# What the chief customer officer's tiles say while nobody has complained; "fixed" of "of".
LOOP_BEFORE = {
    "Late actions": 0, "fixed": 0, "of": 0, "not fixed": 0, "no verdict yet": 0,
    "not yet reported back": 0, "being worked on": 0, "not disposed of": 0,
}  # fmt: skip


@pytest.fixture
def stage(browser, live_server, smtp_sink, worker, settings):
    settings.BASE_URL = live_server.url
    settings.MAILBOX_DIR = str(smtp_sink.mailbox.folder)
    with clock_at(START) as clock:
        yield Stage(browser=browser, url=live_server.url, sink=smtp_sink, clock=clock)


@pytest.fixture
def wave(stage, cco, lead, liaison, agency_cio, state_cio):
    for user in (cco, lead, liaison, state_cio):
        user.set_password(PASSWORD)
        user.save()
    rating = {"kind": "rating", "required": True}
    questionnaire = questionnaires.create(
        title="How are we doing?",
        introduction="Once a year we ask those whom we serve.",
        minutes=3,
        questions=[
            {
                "lineage": "business",
                "topic": "Business",
                "text": "They understand our business.",
                **rating,
            },
            {
                "lineage": "outages",
                "topic": "Outages",
                "text": "They tell us about outages in time.",
                **rating,
            },
            {
                "lineage": "else",
                "topic": "Other",
                "text": "Is there anything else?",
                "kind": "long_text",
            },
        ],
        by=cco,
        now=START - dt.timedelta(days=3),
    )
    return waves.prepare(
        by=cco,
        questionnaire=questionnaire,
        title="How are we doing? 2027",
        opens_on=START.date(),
        closes_on=START.date() + dt.timedelta(days=30),
        reminder_days=[7, 14],
    )


def test_a_complaint_becomes_fixed(stage, wave, agency):
    ines = stage.person("Ines, the agency's CIO, on her phone", width=390, height=844)
    dana = stage.person("Dana, her liaison, on a phone", width=390, height=844)
    carla = stage.person("Carla, chief customer officer, at her desk")

    with stage.scene("The wave opens and Ines gets her invitation"):
        carla.sign_in("cco@oit.example", PASSWORD)
        assert carla.numbers() == LOOP_BEFORE
        stage.tick()
        invitation = stage.wait_for_letter(INES, "How are we doing|survey|Survey")

    with stage.scene("She opens it in her mailbox, answers with a 2 and says why"):
        ines.opens(f"/mailbox/?to={INES}")
        ines.follows_the_link_of_the_shown(invitation)
        ines.picture("survey-phone")
        answer_the_survey(ines)
        stage.wait_for_letter(INES, "[Tt]hank")

    with stage.scene("The worker has raised the concern; Dana gives it an owner and a date"):
        concern = stage.wait_until(lambda: Concern.objects.get(rating=2))
        assert concern.quote == COMMENT
        dana.sign_in(DANA, PASSWORD)
        dana.picture("liaison-home")
        dana.opens(f"/concerns/{concern.pk}/")
        dana.sees(COMMENT)
        assert carla.numbers() == LOOP_BEFORE | {"not disposed of": 1}
        open_an_action(dana, due_on=dt.date(2027, 3, 10))
        assert carla.numbers() == LOOP_BEFORE | {"being worked on": 1}

    with stage.scene("Two business days before, Dana is reminded"):
        stage.go_to(dt.datetime(2027, 3, 8, 16, 0, tzinfo=dt.UTC))
        stage.tick()
        stage.wait_for_letter(DANA, "Due soon")

    with stage.scene("Nothing happens; the ladder is climbed, once per rung"):
        for day in (11, 12, 15):
            stage.go_to(dt.datetime(2027, 3, day, 16, 0, tzinfo=dt.UTC))
            stage.tick()
            stage.tick()
        stage.wait_for_letter(LEE, "Late: ")
        assert list(Rung.objects.values_list("level", flat=True)) == [1, 2]
        # However often the clock was read: one reminder, and one letter for each rung.
        assert subjects(stage, DANA) == [f"Due soon: {WORK}", f"Late: {WORK}"]
        assert subjects(stage, LEE) == [f"Late: {WORK}"]

    with stage.scene("The chief customer officer sees it on her first screen"):
        carla.sign_in("cco@oit.example", PASSWORD)
        assert carla.numbers() == LOOP_BEFORE | {"being worked on": 1, "Late actions": 1}
        carla.sees(agency.name)
        carla.picture("home-overdue")

    with stage.scene("Dana does it; Ines is told, and says: not fixed"):
        dana.sign_in(DANA, PASSWORD)
        complete_the_action(dana, concern, FIRST_TRY)
        report = stage.wait_for_letter(INES, "told us")
        assert carla.numbers() == LOOP_BEFORE | {"of": 1, "no verdict yet": 1}
        ines.follows_the_link_in(report)
        ines.sees(FIRST_TRY)
        ines.picture("report-back-phone")
        ines.page.get_by_label("In your words").fill("The last outage came without a notice.")
        ines.presses("Not fixed")
        ines.sees("It is open again")

    with stage.scene("The action is open again, and Dana knows why"):
        stage.wait_for_letter(DANA, "not fixed|Not fixed|open again|reopened")
        action = Action.objects.get()
        assert action.state == Action.State.OPEN
        reopened = {"of": 1, "not fixed": 1, "being worked on": 1}
        assert carla.numbers() == LOOP_BEFORE | reopened
        dana.opens(f"/concerns/{concern.pk}/")
        dana.sees("The last outage came without a notice.")
        dana.picture("concern-reopened")

    with stage.scene("She does it right; now it is fixed"):
        complete_the_action(dana, concern, SECOND_TRY)
        again = stage.wait_for_letter(INES, "told us", number=2)
        ines.follows_the_link_in(again)
        ines.sees(SECOND_TRY)
        ines.presses("Yes, fixed")
        ines.sees("you told us that this is settled")

    with stage.scene("The dashboard's numbers have changed accordingly"):
        concern.refresh_from_db()
        assert concern.state == Concern.State.FIXED
        assert carla.numbers() == LOOP_BEFORE | {"of": 1, "fixed": 1}
        carla.opens(f"/concerns/{concern.pk}/")
        for words in (COMMENT, FIRST_TRY, SECOND_TRY):
            carla.sees(words)
        carla.picture("concern-story")

    assert ines.complaints + dana.complaints + carla.complaints == []
    # Each letter once: the invitation, thanks, and two reports back.
    assert len(stage.letters(INES)) == 4


def answer_the_survey(person):
    """A 4 on the business, a 2 on the outages with the comment, and nothing else."""
    page = person.page
    person.does("answers")
    page.get_by_role("link", name="All questions on one page").click()
    person.picks_card("They understand our business.", "4")
    person.picks_card("They tell us about outages in time.", "2")
    page.get_by_label("What happened?").fill(COMMENT)
    person.picture("survey-answer-phone")
    person.presses("Send my answers")
    person.sees("Thank")


def open_an_action(person, *, due_on):
    page = person.page
    person.does("opens an action")
    page.get_by_text("Do something about it").click()
    page.get_by_label("What will be done").fill(WORK)
    page.get_by_label("Who does it").select_option(label="Dana Ortiz")
    page.get_by_label("Until when").fill(due_on.isoformat())
    person.presses("Open the action")
    person.sees(WORK)


def subjects(stage, to):
    return [mail["Subject"] for mail in stage.letters(to)]


def complete_the_action(person, concern, outcome):
    person.opens(f"/concerns/{concern.pk}/")
    person.page.get_by_label("What was done").fill(outcome)
    person.presses("Done")
    person.sees(outcome)
