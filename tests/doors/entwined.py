"""What lies between two agencies, and the words that must not cross.

The small world keeps its two agencies apart; here they have met, changed hands and wait for the
same people, which is where a forgotten check shows.
"""

import datetime as dt

from accounts.models import Draft
from agencies.models import Assignment
from agencies.queries import drafts
from crm_portal.lib import links
from feedback.models import Concern, ReportBack
from outbox.models import Letter
from surveys.models import Answer, Response, Wave
from surveys.services import summaries
from tests import factories as make
from tests.world import SECRET, build_place

# In a restricted note about the first agency: for the lead who wrote it, and the CCO.
HUSHED = "Vesuvius"
# In the office's own notes about the first agency: not for its people.
INTERNAL = "Kilimanjaro"


def entwine(world, now):
    """Everything that both agencies are part of. Returns the world."""
    mine, theirs, people = world.mine, world.theirs, world.people
    liaison, lead = people["liaison"], people["lead"]
    add_what_waits(theirs, world, SECRET, now)
    add_what_waits(mine, world, "Bicycle", now)
    make.MeetingFactory(at=[mine.agency], note=f"{HUSHED}.", logged_by=lead, restricted=True)
    make.MeetingFactory(at=[mine.agency], note=f"{INTERNAL}.", logged_by=liaison, mood=1)
    mine.action.activities.create(kind="note", text=f"{INTERNAL}.", by=liaison, at=now)
    joint = make.MeetingFactory(
        at=[mine.agency, theirs.agency], note="All at one table.", logged_by=lead
    )
    joint.people.add(mine.person, theirs.person)
    mine.letter = park(mine, now)
    world.joint = joint
    # The liaison of the first one looked after the second one before.
    make.AssignmentFactory(
        agency=theirs.agency,
        user=liaison,
        role=Assignment.Role.BACKUP,
        until=now.date() - dt.timedelta(days=1),
    )
    left = make.ActionFactory(
        agency=theirs.agency, what=f"Left behind: {SECRET}", owner=liaison, due_on=now.date()
    )
    left.rungs.create(cycle=1, level=1, reached_at=now, told=people["other_liaison"])
    theirs.action.rungs.create(cycle=1, level=2, reached_at=now, told=liaison)
    Draft.objects.create(
        user=people["other_liaison"], form=drafts.key(), fields={"note": [SECRET]}, saved_at=now
    )
    world.import_draft.file_name = f"{SECRET}.csv"
    world.import_draft.save()
    # Somebody new at the office, without an agency yet.
    world.newcomer = make.UserFactory(name="Nora New", email="nora@oit.example")
    make.PersonFactory(
        agency=theirs.agency,
        name=f"Left {SECRET}",
        since=now.date() - dt.timedelta(days=90),
        left_on=now.date() - dt.timedelta(days=9),
    )
    settled = make.ConcernFactory(agency=theirs.agency, quote=f"Settled, {SECRET}.")
    ReportBack.objects.create(
        concern=settled,
        person=theirs.person,
        round=1,
        did=f"We did {SECRET}.",
        asked_at=now - dt.timedelta(days=2),
        verdict=ReportBack.Verdict.NOT_FIXED,
        words=f"Not at all, {SECRET}.",
        answered_at=now - dt.timedelta(days=1),
        **links.issue("report_back"),
    )
    keep_silent(world, world.people["other_liaison"], f"{SECRET} Silence")
    # Not by the third agency, too: of five answers everybody is told the mean.
    answer_once_more(theirs, world, SECRET, now)
    summaries.rebuild()
    return world


def park(place, now):
    """A letter of which nobody knows whether it arrived, so that somebody must decide."""
    return Letter.objects.create(
        purpose="survey",
        subject=place.letter.subject,
        kind="reminder",
        recipient=place.person.email,
        recipient_name=place.person.name,
        planned_at=now,
        due_at=now,
        next_try_at=now,
        handed_at=now,
        state=Letter.State.PARKED,
        headline="Did this arrive?",
        reason="The connection broke.",
        message_id="<parked@test>",
    )


def keep_silent(world, liaison, name):
    """An agency of this liaison's from which nobody answers."""
    agency = make.AgencyFactory(name=name)
    make.AssignmentFactory(agency=agency, user=liaison)
    make.InvitationFactory(wave=world.wave, person=make.PersonFactory(agency=agency))


def add_what_waits(place, world, word, now):
    """A concern without an answer, somebody silent, and a wave in which the agency is silent."""
    Concern.objects.create(
        agency=place.agency,
        raised_by=place.person,
        raised_at=now,
        source=Concern.Source.MEETING,
        meeting=place.meeting,
        topic=f"Topic {word}",
        quote=f"Nobody answers {word}.",
    )
    silent = make.PersonFactory(agency=place.agency, name=f"Sil {word}")
    make.InvitationFactory(wave=world.wave, person=silent)
    second = Wave.objects.filter(title="Second").first() or make.WaveFactory(
        title="Second", questionnaire=world.wave.questionnaire
    )
    make.InvitationFactory(wave=second, person=silent)


def answer_once_more(place, world, word, now):
    """Somebody else answered, and what they said waits for an answer of ours."""
    person = make.PersonFactory(agency=place.agency, name=f"Else {word}")
    at = now - dt.timedelta(hours=2)
    response = Response.objects.create(
        invitation=make.InvitationFactory(wave=world.wave, person=person),
        wave=world.wave,
        agency=place.agency,
        promise="Your name stands beside it.",
        started_at=at,
        submitted_at=at,
        concerns_raised_at=at,
    )
    answer = Answer.objects.create(
        response=response, question=world.question, number=1, text=f"Worse, {word}.", saved_at=at
    )
    Concern.objects.create(
        agency=place.agency,
        raised_by=person,
        raised_at=at,
        source=Concern.Source.ANSWER,
        answer=answer,
        topic="Speed",
        quote=f"Worse, {word}.",
        rating=1,
    )


def add_a_stranger(world, now):
    """A third agency with one of everything, of which nobody of the first may notice anything."""
    agency = make.AgencyFactory(name=f"{SECRET} Board", acronym=SECRET[:5])
    liaison = world.newcomer
    make.AssignmentFactory(agency=agency, user=liaison)
    keep_silent(world, liaison, f"{SECRET} Quiet")
    place = build_place(
        agency=agency,
        liaison=liaison,
        word=f"{SECRET} East",
        wave=world.wave,
        question=world.question,
        now=now,
    )
    add_what_waits(place, world, SECRET, now)
    world.joint.places.create(agency=agency, held_at=world.joint.held_at)
    world.joint.people.add(place.person)
    make.ActionFactory(
        agency=agency, what=f"Also left: {SECRET}", owner=world.people["liaison"], due_on=now.date()
    )
    summaries.rebuild()
