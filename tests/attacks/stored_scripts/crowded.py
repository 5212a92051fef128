"""A world in which every text has a row, in a state in which some page shows it."""

import csv
import io

from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from accounts.models import AddressChange, Draft
from agencies.models import Agency, AgencyDomain
from agencies.services import imports
from crm_portal.lib import links
from feedback.models import Action, Concern, ReportBack
from outbox.models import Heartbeat, Letter
from surveys.models import Answer, Response
from tests import factories as make
from tests.attacks.stored_scripts.fields import CELL, OPTIONS, piece
from tests.attacks.stored_scripts.payloads import PAYLOADS
from tests.doors.entwined import entwine


def crowd(world, now):
    """Add to the small world what it lacks. Returns it."""
    entwine(world, now)
    make.HolidayFactory(date=make.TODAY)
    add_what_packages_keep(world)
    AgencyDomain.objects.create(agency=world.mine.agency, domain="dot.example")
    for name in ("cco", "liaison"):
        Draft.objects.create(
            user=world.people[name], form="meeting:", fields={"note": ["Half"]}, saved_at=now
        )
    spelling = world.mine.spelling
    spelling.source = world.import_run
    spelling.facts, spelling.replaced = {"city": "Here"}, {"city": ["There", "Here"]}
    spelling.save()
    Heartbeat.objects.update(error="broken")
    world.half_answered = add_half_an_answer(world, now)
    world.settled = add_what_is_settled(world, now)
    for seq, state in enumerate(["queued", "parked", "failed", "cancelled"]):
        add_letter(world, state, seq + 1, now)
    world.import_draft = imports.upload(
        file_name="b.csv", content=spreadsheet(), by=world.people["cco"], now=now
    )
    return world


def add_what_packages_keep(world):
    """A security key, a wish for another address, and what the admin site notes."""
    world.key = Authenticator.objects.create(
        user=world.people["outsider"],
        type=Authenticator.Type.WEBAUTHN,
        data={"name": "My key", "credential": {"clientExtensionResults": {}}},
    )
    for user in world.people.values():
        AddressChange.objects.create(
            user=user, new_address="new@oit.example", asked_at=make.NOW, **links.issue("address")
        )
    LogEntry.objects.create(
        user=world.people["administrator"], content_type=ContentType.objects.get_for_model(Agency),
        object_id=world.mine.agency.pk, object_repr="Agency", action_flag=CHANGE,
        change_message="Name",
    )  # fmt: skip


def add_half_an_answer(world, now):
    """Somebody has begun, and one of the questions is a choice on which another one hangs."""
    of = {"questionnaire": world.question.questionnaire}
    question = make.QuestionFactory(
        kind="choices", options=["Yes", "No"], text="Did you have an outage?", section="Outages",
        help_text="Any.", **of,
    )  # fmt: skip
    make.QuestionFactory(kind="long_text", show_if=question, show_if_values=["Yes"], **of)
    invitation = world.wave.invitations.get(
        person__name__startswith="Sil", agency=world.mine.agency
    )
    response = Response.objects.create(
        invitation=invitation,
        wave=world.wave,
        agency=invitation.agency,
        promise="P",
        started_at=now,
    )
    for one in (response, world.mine.response):
        Answer.objects.create(response=one, question=question, options=["Yes"], saved_at=now)
    Answer.objects.create(
        response=response, question=world.question, number=2, text="Slow.", saved_at=now
    )
    for number in range(3):
        world.wave.tallies.create(
            question=question, agency=world.mine.agency, value=piece(OPTIONS, number), count=1
        )
    return invitation


def add_what_is_settled(world, now):
    """An action that is done; and a concern that was answered in words, which did not settle it."""
    place = world.mine
    make.ActionFactory(
        agency=place.agency, concern=place.concern, owner=world.people["liaison"],
        state=Action.State.DONE, outcome="Done", done_at=now, done_by=world.people["liaison"],
    )  # fmt: skip
    concern = Concern.objects.create(
        agency=place.agency, raised_by=place.person, raised_at=now, source="direct", topic="Topic",
        quote="Quote", state="replied", answer_text="Reply", disposed_at=now,
        disposed_by=world.people["liaison"],
    )  # fmt: skip
    ReportBack.objects.create(
        concern=concern, person=place.person, round=1, kind="reply", did="Reply", asked_at=now,
        verdict="not_fixed", words="No", answered_at=now, **links.issue("report_back"),
    )  # fmt: skip
    return concern


def add_letter(world, state, seq, now):
    Letter.objects.create(
        purpose="survey", subject=f"invitation:{world.mine.invitation.pk}", kind="reminder",
        seq=seq + 10, recipient="x@dot.example", planned_at=now, due_at=now, next_try_at=now,
        state=state, reason="Why", done_at=now if state in {"failed", "cancelled"} else None,
        message_id=f"<crowd-{state}@test>",
    )  # fmt: skip


def spreadsheet():
    """A row for each payload."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["Organization name", "State", "City", "Domain", "Acronym"])
    cells = [piece(CELL, number) for number in range(len(PAYLOADS))]
    writer.writerows([cell, "CO", cell, "", ""] for cell in cells)
    return file.getvalue().encode()
