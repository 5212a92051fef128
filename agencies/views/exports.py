"""Lists to take away."""

from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import office
from accounts.access import require
from accounts.permissions import Permission
from agencies import exports
from agencies.filters import MeetingFilter
from agencies.models import Meeting
from crm_portal.lib.sheets import csv_response


@require(Permission.EXPORT)
@require_safe
def meeting_export(request):
    """The filtered list of meetings; a filter that is none is explained on the list."""
    today = office.local_date(timezone.now())
    rows = Meeting.objects.visible_to(request.user)
    chosen = MeetingFilter(request.GET, queryset=rows, request=request)
    if not chosen.form.is_valid():
        return redirect(f"{reverse('agencies:meetings')}?{request.GET.urlencode()}")
    lines = exports.meetings(request.user, chosen.qs, timezone.get_current_timezone())
    return csv_response(lines, f"meetings-{today}")
