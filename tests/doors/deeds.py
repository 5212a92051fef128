"""What only some may do to a row that they see: each check yields a sentence for each fault."""

import datetime as dt
import uuid
from contextlib import suppress

from django.db import transaction
from django.http import Http404
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import Draft, Submission, User
from accounts.services.drafts import keep_changes
from agencies.models import Assignment, Meeting
from agencies.queries import drafts
from agencies.services import assignments
from crm_portal.lib import links
from crm_portal.lib.refusals import Refusal
from feedback.models import Action
from feedback.services import dispositions, report_back
from outbox import access
from outbox.models import Letter
from outbox.views import letter_list
from surveys.models import Wave
from tests import factories as make
from tests.doors.leaks import forget_misses, forms_of
from tests.doors.readers import READERS, text_of
from tests.doors.table import DOORS


def taking_back_a_meeting(stage):
    """A meeting is taken back by who logged it, or who may edit the agency."""
    meeting = stage.world.mine.meeting
    address = reverse("agencies:meeting_withdraw", args=[meeting.pk])
    for role, may in {"executive": False, "liaison": True, "lead": True}.items():
        with transaction.atomic():
            stage.browsers[role].post(address)
            if Meeting.objects.filter(pk=meeting.pk, withdrawn_at=None).exists() == may:
                yield f"{role} {'cannot' if may else 'can'} take a meeting back"
            transaction.set_rollback(True)


def going_on_with_a_meeting(stage):
    """A meeting that was taken back is a half-written form again, for who logged it alone, and
    whatever others have begun. They alone hear that it was saved."""
    meeting = stage.world.mine.meeting
    address = reverse("agencies:meeting_withdraw", args=[meeting.pk])
    for role, is_writer in {"liaison": True, "lead": False}.items():
        user = stage.world.people[role]
        page = stage.browsers[role].get(f"/meetings/{meeting.pk}/?logged=now")
        if (page.context["just_logged"] is None) == is_writer:
            yield f"{role} hears {'not ' if is_writer else ''}that a meeting was saved"
        with transaction.atomic():
            stage.browsers[role].post(address)
            begun = list(Draft.objects.filter(user=user).values_list("form", flat=True))
            if begun != ([drafts.key()] if is_writer else []):
                yield f"{role} has begun {begun} after a meeting was taken back"
            transaction.set_rollback(True)


def keeping_a_draft(stage):
    """What is half-written is kept, whatever others have sent."""
    user, other = stage.world.people["liaison"], stage.world.people["other_liaison"]
    with transaction.atomic():
        sent = Submission.objects.create(user=other, key=uuid.uuid4(), created_at=stage.now)
        keep_changes(
            by=user, form="any", changes={"note": ["Mine."]}, sequences={"note": 1},
            submit_key=sent.key, now=stage.now,
        )  # fmt: skip
        if not Draft.objects.filter(user=user, form="any").exists():
            yield "a draft is not kept because of what somebody else sent"
        transaction.set_rollback(True)


def owning_an_action(stage):
    """Nobody is made the owner of an action who does not see it."""
    world, name = stage.world, "feedback:action_owner"
    form = forms_of(stage, READERS["liaison"])["send"][name]
    address = reverse(name, kwargs=DOORS[name].kwargs(world))
    for who, may in {"other_liaison": False, "outsider": False, "lead": True}.items():
        to = world.people[who]
        with transaction.atomic():
            stage.post(READERS["liaison"], address, form | {"to": [str(to.pk)]})
            if (Action.objects.get(pk=world.mine.action.pk).owner == to) != may:
                yield f"{to} is {'not ' if may else ''}made the owner of an action"
            transaction.set_rollback(True)


def editing_a_meeting_of_both(stage):
    """Who sees one agency of a meeting leaves the other, and its people, in their place."""
    world, reader = stage.world, READERS["liaison"]
    address = reverse("agencies:meeting_edit", args=[world.joint.pk])
    data = forms_of(stage, reader)["send"]["agencies:meeting_edit"]
    data = data | {"agencies": [str(world.mine.agency.pk)], "people": [], "version": ["1"]}
    before = [set(world.joint.agencies.all()), set(world.joint.people.all())]
    with transaction.atomic():
        stage.post(reader, address, data)
        world.joint.refresh_from_db()
        after = [set(world.joint.agencies.all()), set(world.joint.people.all())]
        if world.joint.version == 1 or world.mine.person in after[1]:
            yield "the edit was not taken"
        if after[0] != before[0] or world.theirs.person not in after[1]:
            yield "an edit takes another agency's people out of a meeting"
        transaction.set_rollback(True)


def disposing_of_concerns(stage):
    """Who may not dispose of concerns has none waiting, whatever they look after."""
    officer, concern = stage.world.people["executive"], stage.world.mine.agency.concerns.first()
    with transaction.atomic():
        Assignment.objects.filter(agency=stage.world.mine.agency).update(
            until=stage.now.date() - dt.timedelta(days=1)
        )
        make.AssignmentFactory(
            agency=stage.world.mine.agency, user=officer, starts_on=stage.now.date()
        )
        page = text_of(stage.browsers["executive"].get("/work/"))
        if reverse("feedback:concern", args=[concern.pk]) in page:
            yield "a concern waits for somebody who may not dispose of it"
        transaction.set_rollback(True)


def opening_pages_of_links(stage):
    """The cookie of one letter's link opens that letter's pages, and no other's."""
    world, reader = stage.world, READERS["respondent"]
    forget_misses()
    theirs = {
        "report_back": world.theirs.report_back.public_id,
        "survey": world.theirs.invitation.public_id,
    }
    for name, door in DOORS.items():
        if "public_id" not in door.kwargs(world):
            continue
        purpose = "report_back" if name.startswith("feedback") else "survey"
        method = "post" if "GET" not in door.methods else "get"
        for own, kwargs in ((True, door.kwargs(world)), (False, {"public_id": theirs[purpose]})):
            with transaction.atomic():
                answer = getattr(stage.clients[reader.name], method)(reverse(name, kwargs=kwargs))
                transaction.set_rollback(True)
            if (answer.status_code != 404) != own:
                yield f"{name}: {answer.status_code} for {'their own' if own else 'another'} link"


def links_that_are_over(stage):
    """A link of somebody who has left, of a letter long ago, that was taken back, or of a survey
    that has ended opens nothing; nor does a guess."""
    told, asked = stage.world.mine.report_back, stage.world.mine.invitation
    long_ago = stage.now - dt.timedelta(days=400)
    ended = {"state": Wave.State.ENDED, "ended_at": stage.now}
    report_back = f"/r/{links.token_of('report_back', told)}"
    survey = f"/s/{links.token_of('survey', asked)}"
    forget_misses()
    for address, row, change in (
        (report_back, told.person, {"left_on": long_ago}),
        (report_back, told, {"asked_at": long_ago}),
        (survey, asked, {"revoked_at": long_ago}),
        (survey, asked.wave, ended),
    ):
        with transaction.atomic():
            row.__class__.objects.filter(pk=row.pk).update(**change)
            if stage.browsers[None].get(address).status_code not in {404, 410}:
                yield f"a link opens though it is over: {change}"
            transaction.set_rollback(True)
    for guess in ("/s/wrong", "/r/wrong"):
        if stage.browsers[None].get(guess).status_code != 404:
            yield f"{guess} opens something"


def looking_after_an_agency(stage):
    """Neither a representative nor a closed account is made somebody's liaison."""
    world = stage.world
    for is_closed in (False, True):
        with transaction.atomic(), suppress(Refusal):
            person = world.people["representative"]
            user = make.UserFactory(is_active=False) if is_closed else person
            assignments.assign(
                agency=world.mine.agency,
                user=user,
                role=Assignment.Role.BACKUP,
                starts_on=stage.now.date(),
                by=world.people["cco"],
            )
            transaction.set_rollback(True)
            yield f"{user} is made a liaison"


def opening_the_outbox(stage):
    """Behind its door the outbox asks once more: it tells a liaison of no letter."""
    liaison, letter = stage.world.people["liaison"], stage.world.mine.letter
    request = RequestFactory().get("/outbox/")
    request.user, request.htmx = liaison, False
    if letter.headline in letter_list.__wrapped__(request).content.decode():
        yield "the outbox tells a liaison of a letter"
    with suppress(Http404):
        yield f"a liaison gets {access.get_letter(liaison, letter.pk)}"


def raising_from_a_meeting_of_both(stage):
    """For the liaison of one agency it is a meeting with that one: nothing is left to choose."""
    page = stage.browsers["liaison"].get(f"/concerns/raise/?meeting={stage.world.joint.pk}")
    if page.context["agency"] != stage.world.mine.agency:
        yield "a meeting of both does not say which agency a concern is of"


def hearing_that_words_did_not_settle_it(stage):
    """Who wrote them hears it, unless the account is closed: then who looks after the agency."""
    world, now = stage.world, stage.now
    writer = world.people["lead"]
    for is_active, hears in ((True, writer), (False, world.people["liaison"])):
        with transaction.atomic():
            concern = make.ConcernFactory(agency=world.mine.agency, raised_by=world.mine.person)
            dispositions.reply(concern=concern, text="It stays so.", by=writer, now=now)
            User.objects.filter(pk=writer.pk).update(is_active=is_active)
            report_back.answer(
                report_back=concern.report_backs.get(), verdict="not_fixed", words="", now=now
            )
            if not Letter.objects.filter(kind="unsettled", recipient=hears.email).exists():
                yield f"{hears} does not hear that words did not settle it"
            transaction.set_rollback(True)


CHECKS = {
    check.__name__: check
    for check in (
        taking_back_a_meeting,
        going_on_with_a_meeting,
        keeping_a_draft,
        owning_an_action,
        editing_a_meeting_of_both,
        disposing_of_concerns,
        opening_pages_of_links,
        links_that_are_over,
        looking_after_an_agency,
        opening_the_outbox,
        raising_from_a_meeting_of_both,
        hearing_that_words_did_not_settle_it,
    )
}
