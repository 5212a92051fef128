"""The list of those whom the office serves."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import require
from accounts.permissions import Permission
from agencies.models import Agency
from dashboards.facts import with_contacts
from dashboards.filters import AgencyFilter
from dashboards.queries import roster
from dashboards.views.addresses import number_of


@require(Permission.AGENCY_VIEW)
@require_safe
def agency_list(request):
    """Search, filters, order and page number live in the address."""
    now = timezone.now()
    agencies = with_contacts(Agency.objects.visible_to(request.user).active(), now=now)
    chosen = AgencyFilter(request.GET, queryset=agencies, request=request)
    page = roster.page(
        chosen.qs,
        choice=chosen.form.cleaned_data,
        number=number_of(request, "page", default=1),
        per_page=number_of(request, "per_page", default=roster.PER_PAGE, most=roster.MOST_PER_PAGE),
        now=now,
    )
    context = {
        "page_obj": page,
        "form": chosen.form,
        "now": now,
        "may_add": request.user.may(Permission.AGENCY_EDIT),
        "may_import": request.user.may(Permission.AGENCY_IMPORT),
    }
    return render(request, "dashboards/agency_list.html", context)
