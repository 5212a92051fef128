"""Lists to take away."""

from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts import office
from accounts.access import require
from accounts.permissions import Permission
from accounts.vocabulary import words
from agencies import exports
from agencies.filters import MeetingFilter
from agencies.models import Agency, Meeting
from crm_portal.lib.sheets import csv_response


@require(Permission.EXPORT)
@require_safe
def agency_export(request):
    """Every agency that the user sees and that is not closed."""
    today = office.local_date(timezone.now())
    rows = Agency.objects.visible_to(request.user).active().order_by("name", "pk")
    lines = exports.agencies(rows, today, timezone.get_current_timezone())
    return csv_response(lines, f"{slugify(words().agencies)}-{today}")


@require(Permission.EXPORT)
@require_safe
def meeting_export(request):
    """The filtered list of meetings."""
    today = office.local_date(timezone.now())
    rows = Meeting.objects.visible_to(request.user)
    chosen = MeetingFilter(request.GET, queryset=rows, request=request)
    lines = exports.meetings(request.user, chosen.qs, timezone.get_current_timezone())
    return csv_response(lines, f"meetings-{today}")
