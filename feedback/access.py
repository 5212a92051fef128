"""The only look-ups that a view may use. What a user may not see does not exist: 404."""

import datetime as dt

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from crm_portal.lib import links, throttle
from feedback.models import Action, Concern, ReportBack
from feedback.services.report_back import PURPOSE
from surveys.models import Wave

# A personal link works this long after the letter.
LINK_LIFE = dt.timedelta(days=365)


def get_concern(user, pk):
    rows = Concern.objects.visible_to(user).select_related(
        "agency",
        "raised_by",
        "disposed_by",
        "meeting",
        "answer__question",
        "answer__response__wave",
    )
    return get_object_or_404(rows, pk=pk)


def get_action(user, pk):
    rows = Action.objects.visible_to(user).select_related(
        "agency", "owner", "concern__raised_by", "meeting"
    )
    return get_object_or_404(rows, pk=pk)


def get_wave(pk):
    """Waves are the whole office's; what was said in them is not."""
    return get_object_or_404(Wave, pk=pk)


class LinkUnknown(Http404):
    """No such link, or one that works no more: nobody learns which."""


class TooManyGuesses(Exception):
    """Too many wrong links came from this address."""


def get_report_back_of_link(request, token):
    """The report back that a letter's link leads to."""
    return _found(request, _readable().filter(token_hash=links.fingerprint(token)).first())


def get_report_back(request, public_id):
    """The report back of a page that the link has opened before, in this browser."""
    row = _readable().filter(public_id=public_id).first()
    seen = links.remembered(request, purpose=PURPOSE) or ""
    if row is not None and not constant_time_compare(seen, row.token_hash):
        row = None
    return _found(request, row)


def _readable():
    return ReportBack.objects.filter(
        person__left_on=None, asked_at__gt=timezone.now() - LINK_LIFE
    ).select_related("person", "asked_by", "concern__agency", "concern__answer__question")


def is_good_link(token):
    """Whether the link is somebody's at all."""
    return links.is_issued(ReportBack, token)


def _found(request, row):
    if row is None:
        if throttle.note_miss(request):
            raise TooManyGuesses
        raise LinkUnknown
    return row
