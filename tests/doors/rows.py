"""Whose rows a query gives, asked without any page: each check yields a sentence for each fault."""

import copy
import datetime as dt
from unittest.mock import patch

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import RequestFactory
from django.utils.module_loading import import_string

from accounts.models import AddressChange, User
from accounts.permissions import GRANTS, Permission, Role
from agencies.models import Meeting, MeetingAgency
from crm_portal.letters import KINDS, Skip
from crm_portal.lib import links
from dashboards.context_processors import my_work
from dashboards.queries import agency_page, home, roster, timeline, work
from feedback.models import Concern
from feedback.queries import lists
from outbox.models import Letter
from surveys.models import Wave
from surveys.queries import everybody, results
from tests.doors.entwined import HUSHED, add_a_stranger
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
        "people": agency_page.people(user, agency, now.date()).rows,
        "concerns": agency_page.concerns(user, agency).rows,
        "actions": agency_page.actions(user, agency).rows,
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


def numbers_of_the_office(stage):
    """What the first screen of the heads counts are rows that the reader sees: another agency
    changes none of a liaison's."""

    def counted():
        user, today = stage.world.people["liaison"], stage.now.date()
        seen, _evidence = roster.everybody(user, now=stage.now)
        return [
            home.overdue_by_rung(user, today),
            vars(home.loop(user, today)),
            list(map(repr, seen)),
        ]

    with transaction.atomic():
        before = counted()
        add_a_stranger(stage.world, stage.now)
        if counted() != before:
            yield "the numbers of the first screen notice another agency"
        transaction.set_rollback(True)


def work_of_representatives(stage):
    request = RequestFactory().get("/")
    request.user = stage.world.people["representative"]
    if my_work(request)["my_work"] is not None:
        yield "a representative has work at the office"


def concerns_of_others(stage):
    """Who sees every agency has only those concerns waiting that are theirs."""
    lead, today = stage.world.people["lead"], stage.now.date()
    seen = Concern.objects.visible_to(lead)
    for what, waiting in {
        "to be disposed of": work.concerns_to_dispose(lead, today),
        "among their own": lists.mine(seen, lead, today),
    }.items():
        if waiting.filter(agency=stage.world.mine.agency).exists():
            yield f"a liaison's concern is {what} for the lead"


def rows_of_who_went_over(stage):
    """A liaison who went over to another agency still stands in old assignments. They see their
    new place alone, whatever they may do: no concern waits for them, and nobody asks them to
    phone."""
    world, now = stage.world, stage.now
    silent = world.theirs.agency.invitations.filter(response=None).first()
    user = world.people["other_liaison"]
    role = user.role
    with transaction.atomic(), patch.dict(GRANTS, {Role.REPRESENTATIVE: set(Permission)}):
        user.role = Role.REPRESENTATIVE
        user.save()
        if work.concerns_to_dispose(user, now.date()).exists():
            yield f"concerns wait for {user}, who went over to another agency"
        letter = Letter(
            purpose="survey", kind="phone", subject=f"invitation:{silent.pk}", recipient=user.email
        )
        if not isinstance(compose(letter, now), Skip):
            yield f"{user} is asked to phone, who went over to another agency"
        transaction.set_rollback(True)
    user.role = role


def averages_of_everybody(stage):
    """A liaison is told everybody's answers once there are enough, and never those of a handful of
    others by taking the own ones away; who sees all has nothing to compare."""
    question, wave = stage.world.question, Wave.objects.get(pk=stage.world.wave.pk)
    mine, theirs = stage.world.mine.agency, stage.world.theirs.agency
    for others, is_told in ((1, False), (7, True)):
        with transaction.atomic():
            wave.tallies.all().delete()
            # As the page finds it; what an ended wave says is kept by when it ended.
            wave.state = Wave.State.ENDED
            wave.ended_at = stage.now + dt.timedelta(days=others)
            for agency, count in ((mine, 6), (theirs, others)):
                wave.tallies.create(question=question, agency=agency, value="3", count=count)
            for name, told in (("liaison", is_told), ("cco", False)):
                [result] = results.results(wave, stage.world.people[name])
                if (result.everywhere is not None) != told:
                    yield f"{name} and everybody's answers, {others} of others: not {told}"
                if result.now.n != (6 if name == "liaison" else 6 + others):
                    yield f"{name} is shown {result.now.n} answers, {others} of others"
                means = everybody.told_the_mean(stage.world.people[name], [wave])
                if (wave.pk in means) != (told or name == "cco"):
                    yield f"{name} and everybody's mean, {others} of others: {bool(means)}"
            transaction.set_rollback(True)
    for role, sees_all in (("liaison", False), ("cco", True)):
        page = stage.browsers[role].get(f"/surveys/{wave.pk}/results/")
        if page.context["sees_all"] != sees_all:
            yield f"the results tell {role} that they see {'not ' if sees_all else ''}all"


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
    for purpose, kind in KINDS:
        if purpose not in about:
            continue
        subject, details = about[purpose]
        if kind == "nobody_to_ask":
            subject = f"concern:{theirs.concern.pk}"
        letter = Letter(
            purpose=purpose, subject=subject, kind=kind, recipient=liaison.email, details=details
        )
        if not isinstance(compose(letter, stage.now), Skip):
            yield f"{purpose} {kind} is sent to a stranger"


def links_to_confirm_an_address(stage):
    """A link that confirms an address works for whom it was made, and is sent to nobody closed."""
    people = stage.world.people
    with transaction.atomic():
        change = AddressChange.objects.create(
            user=people["liaison"], new_address="new@oit.example", asked_at=stage.now,
            **links.issue("address"),
        )  # fmt: skip
        for role, wanted in (("liaison", 200), ("lead", 404), ("administrator", 404)):
            browser = stage.browsers[role]
            browser.get(f"/a/{links.token_of('address', change)}")
            if browser.get("/profile/address/confirm/").status_code != wanted:
                yield f"{role} does not get {wanted} for the liaison's link"
        letter = Letter(
            purpose="account", kind="address_confirm", subject=f"user:{change.user_id}",
            recipient="new@oit.example", details={"change": str(change.public_id)},
        )  # fmt: skip
        for is_active in (True, False):
            User.objects.filter(pk=change.user_id).update(is_active=is_active)
            if isinstance(compose(letter, stage.now), Skip) == is_active:
                yield f"a link is sent although the account is active: {is_active}"
        transaction.set_rollback(True)


def compose(letter, now):
    return import_string(KINDS[letter.purpose, letter.kind].compose)(letter, now=now)


CHECKS = {
    check.__name__: check
    for check in (
        rows_of_strangers,
        rows_of_restricted_meetings,
        rights_of_the_closed,
        parts_of_an_agency_page,
        numbers_of_the_office,
        work_of_representatives,
        concerns_of_others,
        rows_of_who_went_over,
        averages_of_everybody,
        letters_to_strangers,
        links_to_confirm_an_address,
    )
}
