"""The list of those whom the office serves."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts import office
from accounts.access import require
from accounts.permissions import Permission
from accounts.vocabulary import words
from agencies import exports
from agencies.models import Agency
from crm_portal.lib.sheets import csv_response
from dashboards.facts import with_contacts
from dashboards.filters import AgencyFilter
from dashboards.queries import roster
from dashboards.views.addresses import number_of


@require(Permission.AGENCY_VIEW)
@require_safe
def agency_list(request):
    """Search, filters, order and page number live in the address."""
    now = timezone.now()
    chosen = _chosen(request, now)
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
        "may_export": request.user.may(Permission.EXPORT),
    }
    return render(request, "dashboards/agency_list.html", context)


@require(Permission.EXPORT)
@require_safe
def agency_export(request):
    """The filtered list as a spreadsheet; a filter that is none is explained on the list."""
    now = timezone.now()
    chosen = _chosen(request, now)
    if not chosen.form.is_valid():
        return redirect(f"{reverse('dashboards:agency_list')}?{request.GET.urlencode()}")
    pks = roster.keys(chosen.qs, choice=chosen.form.cleaned_data, now=now)
    rows = Agency.objects.filter(pk__in=pks).order_by("name", "pk")
    today = office.local_date(now)
    lines = exports.agencies(rows, today, office.zone())
    return csv_response(lines, f"{slugify(words().agencies)}-{today}")


def _chosen(request, now):
    agencies = with_contacts(Agency.objects.visible_to(request.user).active(), now=now)
    return AgencyFilter(request.GET, queryset=agencies, request=request)
