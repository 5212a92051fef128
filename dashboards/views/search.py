"""One box for everything."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import require
from accounts.permissions import Permission
from dashboards.queries import search as searching
from dashboards.views.addresses import plain

SHORTEST = 2


@require(Permission.AGENCY_VIEW)
@require_safe
def search(request):
    """What was found, by kind; the box keeps the words."""
    text = plain(request.GET.get("q", ""))
    is_asked = len(text) >= SHORTEST
    context = {
        "search_text": text,
        "groups": searching.everything(request.user, text) if is_asked else [],
        "is_asked": is_asked,
        "now": timezone.now(),
    }
    return render(request, "dashboards/search.html", context)
