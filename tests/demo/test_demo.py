"""The demo is what a newcomer sees first: a whole office, made by the product's own services."""

import datetime as dt
from collections import Counter

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from pghistory.models import Context

from accounts import office
from accounts.models import User
from accounts.permissions import Role
from agencies.models import Agency, AgencySpelling, Assignment, Meeting, Person
from dashboards.demo import founding, living
from dashboards.queries import home
from feedback.models import Action, Concern, ReportBack, Rung
from outbox.models import Letter
from surveys.models import Answer, Question, Response, Wave

TODAY = dt.date(2027, 3, 3)
# The first minute of the office's day.
NOW = dt.datetime(2027, 3, 3, 15, 0, tzinfo=dt.UTC)


@pytest.fixture
def load(settings, tmp_path):
    settings.VAR_DIR = tmp_path

    def run(**options):
        call_command("load_demo", today=TODAY.isoformat(), verbosity=0, **options)
        office.forget()

    return run


def counted(rows, *fields):
    return dict(Counter(rows.order_by().values_list(*fields, flat=len(fields) == 1)))


# One test, because the loading takes longer than everything that is asked about it.
@pytest.mark.django_db(transaction=True)
def test_demo_is_an_office_with_a_past(load, smtp_sink, tmp_path):
    load()
    check_who_is_there()
    check_meetings()
    check_surveys()
    check_what_became_of_concerns()
    check_every_number_of_the_dashboard_has_something_to_show()
    check_services_were_used()
    check_letters(smtp_sink)
    assert len((tmp_path / "demo-accounts.txt").read_text().splitlines()) == 8


def check_who_is_there():
    assert Agency.objects.count() == 60
    assert counted(User.objects, "role") == {
        Role.ADMINISTRATOR: 1,
        Role.CCO: 1,
        Role.EXECUTIVE: 5,
        Role.LIAISON_LEAD: 1,
        Role.LIAISON: 11,
        Role.REPRESENTATIVE: 3,
    }
    assert User.objects.filter(post=User.Post.STATE_CIO).count() == 1
    assert Person.objects.respondents().count() == 151
    assert Person.objects.exclude(left_on=None).count() > 10
    assert not Person.objects.exclude(email__endswith=".example").exists()
    assert Assignment.objects.on(TODAY).primary().count() == 59
    assert set(counted(Assignment.objects, "role")) == set(Assignment.Role.values)
    # Half of the past knew somebody else: assignments have ended.
    assert Assignment.objects.primary().exclude(until=None).count() > 3
    # The import merged spellings, and the tidied names are on top.
    assert AgencySpelling.objects.filter(agency__acronym="CDLE").count() == 3
    assert Agency.objects.filter(parent__acronym="CDLE").count() == 4


def check_meetings():
    assert Meeting.objects.count() >= 1400
    assert set(counted(Meeting.objects, "mode")) == set(Meeting.Mode.values)
    notes = Meeting.objects.values_list("note", flat=True)
    assert len(set(notes)) > 0.97 * len(notes)
    assert not [note for note in notes if "{" in note or not note]
    assert Meeting.objects.filter(restricted=True).count() > 10
    assert not Meeting.objects.filter(held_at__gte=NOW).exists()
    assert not User.objects.filter(role=Role.LIAISON, logged_meetings=None).exists()


def check_surveys():
    states = list(Wave.objects.order_by("opens_on").values_list("state", flat=True))
    assert states == ["closed", "closed", "closed", "open"]
    lineages = Question.objects.values_list("questionnaire", "lineage")
    assert len(lineages) == 4 * 12
    assert len({lineage for _questionnaire, lineage in lineages}) == 12
    for wave in Wave.objects.filter(state=Wave.State.CLOSED):
        share = wave.responses.submitted().count() / wave.invitations.count()
        assert 0.6 <= share <= 0.75
    newest = Wave.objects.get(state=Wave.State.OPEN)
    assert 0.25 <= newest.responses.submitted().count() / 151 <= 0.55
    assert newest.responses.filter(submitted_at=None).exists()
    weakest = mean_ratings(newest)
    assert min(weakest, key=weakest.get) == "Business"


def mean_ratings(wave):
    totals = {}
    for topic, number in Answer.objects.filter(
        response__wave=wave, question__kind=Question.Kind.RATING, number__isnull=False
    ).values_list("question__topic", "number"):
        totals.setdefault(topic, []).append(number)
    return {topic: sum(numbers) / len(numbers) for topic, numbers in totals.items()}


def check_what_became_of_concerns():
    assert set(counted(Concern.objects, "state")) == set(Concern.State.values)
    assert set(counted(Concern.objects, "source")) == set(Concern.Source.values)
    assert set(counted(Action.objects, "state")) == set(Action.State.values)
    assert Action.objects.exclude(meeting=None).count() > 50
    assert set(counted(ReportBack.objects, "kind", "verdict")) >= {
        (ReportBack.Kind.DONE, ReportBack.Verdict.FIXED),
        (ReportBack.Kind.DONE, ReportBack.Verdict.NOT_FIXED),
        (ReportBack.Kind.DONE, ""),
        (ReportBack.Kind.REPLY, ReportBack.Verdict.FIXED),
    }
    reopened = Action.objects.open().filter(activities__kind="reopened")
    assert reopened.exists()
    assert set(counted(Rung.objects, "level")) == {1, 2, 3, 4}


def check_every_number_of_the_dashboard_has_something_to_show():
    shown = home.of_office(User.objects.get(role=Role.CCO), now=NOW)
    assert set(shown.states) == {"good", "watch", "at_risk", "unknown"}
    assert min(shown.states.values()) >= 2
    assert {gap.name: len(gap.rows) > 0 for gap in shown.gaps} == {
        gap.name: True for gap in shown.gaps
    }
    assert {1, 2, 3, 4} <= shown.overdue.keys()
    loop = shown.loop
    assert min(loop.new, loop.in_work, loop.waiting, loop.fixed, loop.not_fixed) > 2
    assert len(shown.calls) == 8
    assert len(shown.outcomes) == 4
    assert shown.heat.lines


def check_services_were_used():
    """Services leave their name in the history, and what follows from facts has followed."""
    reasons = set(Context.objects.values_list("metadata__why", flat=True))
    assert reasons >= {
        "apply", "change_agency", "assign", "hand_over", "log", "submit", "save_answer",
        "raise_from_response", "raise_from_meeting", "raise_directly", "open_action", "reply",
        "decline", "note", "set_due", "complete", "drop", "answer", "climb_one", "close",
    }  # fmt: skip
    meetings = apps.get_model("agencies", "MeetingEvent").objects
    assert meetings.filter(pgh_label="insert").count() == Meeting.objects.count()
    assert not Response.objects.submitted().filter(concerns_raised_at=None).exists()
    assert not Agency.objects.exclude(meetings=None).filter(last_contact_at=None).exists()


def check_letters(smtp_sink):
    """Each letter that was sent has its row; those of the last days have reached the server."""
    assert set(counted(Letter.objects, "state")) == {"sent", "cancelled"}
    kinds = set(counted(Letter.objects.filter(state="sent"), "purpose", "kind"))
    assert kinds >= {
        ("survey", "invitation"), ("survey", "reminder"), ("survey", "phone"), ("survey", "thanks"),
        ("action", "due_soon"), ("action", "escalation"), ("action", "reopened"),
        ("concern", "reply"), ("concern", "report_back"),
    }  # fmt: skip
    delivered = {row["message_id"] for row in smtp_sink.journal}
    recent = Letter.objects.filter(state="sent", done_at__gte=NOW - dt.timedelta(days=14))
    assert delivered == set(recent.values_list("message_id", flat=True))
    assert len(delivered) > 200


# ---- A small one ---------------------------------------------------------------------------------

SMALL = {"scale": 0.2, "years": 1}


def told():
    """The demo in words, without numbers that the database gives."""
    return {
        "meetings": list(
            Meeting.objects.order_by("held_at", "note").values_list("held_at", "note")
        ),
        "concerns": sorted(
            Concern.objects.values_list("agency__name", "raised_at", "topic", "quote", "state")
        ),
        "actions": sorted(
            Action.objects.values_list("agency__name", "owner__name", "what", "due_on", "state")
        ),
        "letters": sorted(Letter.objects.values_list("kind", "recipient", "due_at", "state")),
    }


@pytest.mark.django_db(transaction=True)
def test_demo_is_the_same_again_and_writes_to_nobody_by_an_offices_mail_server(
    load, smtp_sink, settings
):
    load(**SMALL)
    first = told()
    delivered = len(smtp_sink.journal)
    assert delivered > 0
    call_command("flush", interactive=False, verbosity=0)
    settings.MAILBOX_DIR = ""
    load(**SMALL)
    assert told() == first
    assert len(first["meetings"]) > 50
    assert len(smtp_sink.journal) == delivered


@pytest.mark.django_db(transaction=True)
def test_demo_that_was_cut_short_is_not_taken_for_an_office(load, monkeypatch):
    def killed(*_facts):
        raise KeyboardInterrupt

    monkeypatch.setattr(living, "_live_through", killed)
    with pytest.raises(KeyboardInterrupt):
        load(**SMALL)
    assert Agency.objects.exists()
    with pytest.raises(CommandError, match="was cut short, and this database holds half an"):
        load(if_empty=True)
    assert not [user for user in User.objects.all() if user.check_password(founding.PASSWORD)]


@pytest.mark.django_db
def test_demo_leaves_an_office_alone(load, agency, tmp_path):
    load(if_empty=True)
    assert list(Agency.objects.all()) == [agency]
    assert User.objects.count() == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_demo_refuses_a_database_in_use(load, agency):
    with pytest.raises(CommandError, match="empty"):
        load()


@pytest.mark.django_db
def test_demo_says_how_to_write_a_date(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    with pytest.raises(CommandError, match="2027-03-01"):
        call_command("load_demo", today="yesterday", verbosity=0)
