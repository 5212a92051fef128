"""Whose rows a query gives, asked without any page: each check yields a sentence for each fault."""

import copy

from django.contrib.auth.models import AnonymousUser
from django.utils.module_loading import import_string

from accounts.models import User
from accounts.permissions import Permission
from agencies.models import Meeting, MeetingAgency
from crm_portal.letters import KINDS, Skip
from dashboards.queries import agency_page, timeline
from outbox.models import Letter
from tests.doors.entwined import HUSHED
from tests.doors.leaks import scoped_models

# Not for the agency's people, though it is about them.
INTERNAL_ROWS = {Meeting, MeetingAgency, Letter}


def rows_of_strangers(stage):
    """Nobody sees rows of an agency that is not theirs: not the outsider, nobody who is signed
    out or whose account is closed, and neither liaison the other's."""
    world = stage.world
    closed = copy.copy(world.people["cco"])
    closed.is_active = False
    mine, theirs = world.people["liaison"], world.people["other_liaison"]
    shared = {Meeting: {world.joint.pk}}
    for model in scoped_models():
        rows, label = model.objects, model._meta.label
        for who in (world.people["outsider"], closed, AnonymousUser()):
            # Whether somebody may look into the outbox is asked of users alone.
            is_asked = who.is_authenticated or model is not Letter
            if is_asked and rows.visible_to(who).exists():
                yield f"{who or 'nobody'} sees a {label}"
        seen = [set(rows.visible_to(user).values_list("pk", flat=True)) for user in (mine, theirs)]
        if (seen[0] & seen[1]) - shared.get(model, set()):
            yield f"{mine} sees a {label} of {theirs}"
        if model in INTERNAL_ROWS and rows.visible_to(world.people["representative"]).exists():
            yield f"a representative sees a {label}"


def rows_of_restricted_meetings(stage):
    """A restricted note is for who wrote it or was there, and the CCO."""
    hushed = {
        name
        for name, user in stage.world.people.items()
        if Meeting.objects.visible_to(user).filter(note__contains=HUSHED).exists()
    }
    if hushed != {"lead", "cco"}:
        yield f"{sorted(hushed)} see a restricted note"


def rights_of_the_closed(stage):
    for name, user in stage.world.people.items():
        closed = User(role=user.role, is_active=False)
        if any(closed.may(permission) for permission in Permission):
            yield f"a closed {name} still may something"


def parts_of_an_agency_page(stage):
    """The queries behind an agency's page ask once more, though the page has asked before them."""
    user, agency, now = stage.world.people["liaison"], stage.world.theirs.agency, stage.now
    for name, told in {
        "people": agency_page.people(user, agency, now.date()),
        "concerns": agency_page.concerns(user, agency),
        "actions": agency_page.actions(user, agency),
        "timeline": [
            entry
            for show in timeline.SHOWS
            for entry in timeline.page(user, agency, now=now, show=show).entries
            # Its own facts stand on its own row; the meeting of both is the reader's, too.
            if entry.kind != "change"
            and (entry.kind, entry.pk) != ("meeting", stage.world.joint.pk)
        ],
    }.items():
        if told:
            yield f"the {name} of an agency are told to a stranger: {told}"


# ---- Letters -------------------------------------------------------------------------------------


def letters_to_strangers(stage):
    """A letter about the second agency, promised while somebody looked after it, says nothing to
    them once they do not; and none to the first one's people tells what is not theirs."""
    world = stage.world
    liaison, theirs = world.people["liaison"], world.theirs
    action = {"due_on": theirs.action.due_on.isoformat(), "cycle": 1, "level": 1}
    action["report_back"] = theirs.report_back.pk
    silent = theirs.agency.invitations.filter(response=None).first()
    about = {
        "action": (f"action:{theirs.action.pk}", action),
        "concern": (f"report_back:{theirs.report_back.pk}", {}),
        "survey": (f"invitation:{silent.pk}", {}),
    }
    for (purpose, kind), declared in KINDS.items():
        if purpose not in about:
            continue
        subject, details = about[purpose]
        if kind == "nobody_to_ask":
            subject = f"concern:{theirs.concern.pk}"
        letter = Letter(
            purpose=purpose, subject=subject, kind=kind, recipient=liaison.email, details=details
        )
        message = import_string(declared.compose)(letter, now=stage.now)
        if not isinstance(message, Skip):
            yield f"{purpose} {kind} is sent to a stranger: {message.subject}"


CHECKS = {
    check.__name__: check
    for check in (
        rows_of_strangers,
        rows_of_restricted_meetings,
        rights_of_the_closed,
        parts_of_an_agency_page,
        letters_to_strangers,
    )
}
