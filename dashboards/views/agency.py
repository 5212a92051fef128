"""The page of one agency."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import office
from accounts.access import require
from accounts.permissions import Permission
from agencies import access
from agencies.models import Meeting
from dashboards import pictures, telling
from dashboards.queries import agency_page, roster, timeline
from dashboards.views.addresses import number_of, plain

CHIPS = [
    ("", _("Everything")),
    ("meetings", _("Meetings")),
    ("answers", _("Answers")),
    ("concerns", _("Concerns")),
    ("actions", _("Actions")),
    ("letters", _("Letters")),
    ("changes", _("Changes")),
]
MOST_MEETINGS = 200


@require(Permission.AGENCY_VIEW)
@require_safe
def agency(request, pk):
    """How we stand and why, what happened, who is there, what is open."""
    now = timezone.now()
    found = agency_page.get(request.user, pk, now=now)
    context = {
        "found": found,
        "agency": found.agency,
        **_history(request, found.agency, now),
        "spark": pictures.agency_trend(found.trend),
        "may_edit": request.user.may(Permission.AGENCY_EDIT),
        "may_raise": request.user.may(Permission.CONCERN_WORK),
        "now": now,
        "today": office.local_date(now),
    }
    return render(request, "dashboards/agency.html", context)


def _history(request, agency, now):
    """The timeline, as chips, search and paging in the address want it."""
    show, text = request.GET.get("show", ""), plain(request.GET.get("find", ""))
    before = request.GET.get("before", "")
    page = timeline.page(request.user, agency, now=now, show=show, text=text, before=before)
    return {
        "entries": [(entry, telling.tell(entry)) for entry in page.entries],
        "older": page.older,
        "chips": CHIPS,
        "show": show if show in timeline.SHOWS else "",
        "find": text,
    }


@require(Permission.MEETING_VIEW)
@require_safe
def meetings(request, pk):
    """All meetings with one agency, newest first."""
    agency = access.get_agency(request.user, pk)
    held = (
        Meeting.objects.visible_to(request.user)
        .filter(places__agency=agency, withdrawn_at=None)
        .select_related("logged_by")
        .order_by("-places__held_at", "-pk")
    )
    per_page = number_of(request, "per_page", default=roster.PER_PAGE, most=MOST_MEETINGS)
    page = Paginator(held, per_page).get_page(number_of(request, "page", default=1))
    context = {"agency": agency, "page_obj": page, "now": timezone.now()}
    return render(request, "dashboards/meetings.html", context)
