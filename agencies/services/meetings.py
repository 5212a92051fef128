"""Meetings: logged, corrected, withdrawn."""

import datetime as dt

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from accounts.history import service
from accounts.permissions import Permission
from accounts.vocabulary import words
from agencies.models import Agency, Meeting, MeetingAgency
from agencies.services import summaries
from crm_portal.lib.refusals import Refusal
from crm_portal.lib.versions import save_if_unchanged

# The clock of a phone may be a little ahead of ours.
CLOCK_SKEW = dt.timedelta(minutes=10)


@service
def log(
    *, agencies, mode, held_at, note="", mood=None, minutes=None, restricted=False,
    people=(), colleagues=(), by, now,
):  # fmt: skip
    """Put a meeting on record. Refuses one without an agency, or one that is still to come."""
    agency_ids = sorted({agency.pk for agency in agencies})
    _check(agency_ids, held_at, now)
    meeting = Meeting.objects.create(
        mode=mode,
        held_at=held_at,
        note=note,
        mood=mood,
        minutes=minutes,
        restricted=restricted,
        logged_by=by,
        logged_at=now,
    )
    _add_places(meeting, agency_ids)
    _add_people(meeting, people)
    _add_colleagues(meeting, colleagues)
    if len(agency_ids) > 1:
        summaries.lock(agency_ids)
    newest = {"last_contact_at": Greatest(F("last_contact_at"), held_at)}
    if mode == Meeting.Mode.AT_AGENCY:
        newest["last_visit_at"] = Greatest(F("last_visit_at"), held_at)
    Agency.objects.filter(pk__in=agency_ids).update(**newest)
    return meeting


@service
def edit(*, meeting, seen_version, changes, by, now):
    """Correct a meeting. `changes` may name its fields, `agencies`, `people` and `colleagues`.

    Raises StaleRecord when somebody changed it since `seen_version`.
    """
    changes = dict(changes)
    places_before = list(meeting.places.values_list("agency", flat=True))
    agency_ids = (
        sorted({agency.pk for agency in changes.pop("agencies")})
        if ("agencies" in changes)
        else places_before
    )
    people, colleagues = changes.pop("people", None), changes.pop("colleagues", None)
    _check(agency_ids, changes.get("held_at", meeting.held_at), now)
    for name, value in changes.items():
        setattr(meeting, name, value)
    save_if_unchanged(meeting, seen_version=seen_version, fields=list(changes))
    meeting.places.exclude(agency__in=agency_ids).delete()
    meeting.places.exclude(held_at=meeting.held_at).update(held_at=meeting.held_at)
    _add_places(meeting, sorted(set(agency_ids) - set(places_before)))
    if people is not None:
        meeting.people.set(people)
    if colleagues is not None:
        meeting.colleagues.set(colleagues)
    _count_again({*places_before, *agency_ids})
    return meeting


@service
def withdraw(*, meeting, by, now):
    """Take a meeting off every list; row and history stay. A second call changes nothing.

    Refuses others than who logged it and those who may edit agencies.
    """
    if not may_withdraw(meeting, by):
        raise Refusal(
            _("Only %(name)s, who logged this meeting, can withdraw it. Edit it instead.")
            % {"name": meeting.logged_by}
        )
    if not Meeting.objects.filter(pk=meeting.pk, withdrawn_at=None).update(
        withdrawn_at=now, version=F("version") + 1
    ):
        return meeting
    meeting.withdrawn_at = now
    _count_again(set(meeting.places.values_list("agency", flat=True)))
    return meeting


def may_withdraw(meeting, user):
    """Whether `withdraw` would accept the user."""
    return meeting.logged_by_id == user.pk or user.may(Permission.AGENCY_EDIT)


def _check(agency_ids, held_at, now):
    if not agency_ids:
        raise Refusal(_("Choose %(an_agency)s.") % {"an_agency": words().an_agency})
    if held_at > now + CLOCK_SKEW:
        raise Refusal(
            _("This meeting is still to come. Log it once it has begun, or correct the date.")
        )


def _add_places(meeting, agency_ids):
    MeetingAgency.objects.bulk_create(
        MeetingAgency(meeting=meeting, agency_id=pk, held_at=meeting.held_at) for pk in agency_ids
    )


# A new meeting has nobody yet: one insert each, without looking first as `set` would.
def _add_people(meeting, people):
    link = Meeting.people.through
    link.objects.bulk_create(
        link(meeting_id=meeting.pk, person_id=pk) for pk in sorted({one.pk for one in people})
    )


def _add_colleagues(meeting, colleagues):
    link = Meeting.colleagues.through
    link.objects.bulk_create(
        link(meeting_id=meeting.pk, user_id=pk) for pk in sorted({one.pk for one in colleagues})
    )


def _count_again(agency_ids):
    summaries.lock(agency_ids)
    summaries.count_again(agency_ids)
