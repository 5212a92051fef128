"""Who looks after an agency."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import office
from accounts.access import require
from accounts.permissions import Permission
from accounts.saving import save_once
from agencies import access
from agencies.forms.registry import AssignForm, EndForm, HandOverForm
from agencies.queries import pages
from agencies.services import assignments
from crm_portal.lib.refusals import Refusal


@require(Permission.AGENCY_VIEW)
@require_safe
def assignment_list(request, pk):
    """Now, later and before; and the days on which nobody would be the primary liaison."""
    agency = access.get_agency(request.user, pk)
    return _page(request, agency, office.local_date(timezone.now()))


def _page(request, agency, today, *, assign=None, hand_over=None):
    urls = [
        reverse(f"agencies:{name}", args=[agency.pk]) for name in ("assignment_add", "hand_over")
    ]
    refused = assign or hand_over
    context = {
        "agency": agency,
        "today": today,
        "groups": pages.assignments(agency, today),
        "gap": pages.gap(agency, today),
        "may_edit": request.user.may(Permission.AGENCY_EDIT),
        "assign_form": assign or AssignForm(today=today, action=urls[0]),
        "hand_over_form": hand_over or HandOverForm(today=today, action=urls[1]),
    }
    status = 422 if refused else 200
    return render(request, "agencies/assignments.html", context, status=status)


@require(Permission.AGENCY_EDIT)
@require_POST
def assignment_add(request, pk):
    """Somebody begins to look after the agency."""
    agency, now = access.get_agency(request.user, pk), timezone.now()
    today = office.local_date(now)
    form = AssignForm(request.POST, today=today, action=request.path)

    def assign():
        facts = {name: value for name, value in form.cleaned_data.items() if name != "submit_key"}
        assignments.assign(agency=agency, by=request.user, **facts)
        return reverse("agencies:assignments", args=[pk])

    if form.is_valid():
        address = save_once(request, form, assign, now=now)
        if address:
            return redirect(address)
    return _page(request, agency, today, assign=form)


@require(Permission.AGENCY_EDIT)
@require_POST
def hand_over(request, pk):
    """Another primary liaison, without a day in between."""
    agency, now = access.get_agency(request.user, pk), timezone.now()
    today = office.local_date(now)
    form = HandOverForm(request.POST, today=today, action=request.path)

    def change():
        to, on = form.cleaned_data["to"], form.cleaned_data["on"]
        assignments.hand_over(agency=agency, to=to, on=on, by=request.user)
        return reverse("agencies:assignments", args=[pk])

    if form.is_valid():
        address = save_once(request, form, change, now=now)
        if address:
            return redirect(address)
    return _page(request, agency, today, hand_over=form)


@require(Permission.AGENCY_EDIT)
@require_POST
def assignment_end(request, pk):
    """The assignment's last day. A gap that it leaves is said at once."""
    assignment = access.get_assignment(request.user, pk)
    today = office.local_date(timezone.now())
    form = EndForm(request.POST, today=today)
    if not form.is_valid():
        messages.error(request, _("Enter the last day as a date."))
        return redirect("agencies:assignments", pk=assignment.agency_id)
    try:
        assignments.end(assignment=assignment, on=form.cleaned_data["on"], by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The assignment has its last day."))
    return redirect("agencies:assignments", pk=assignment.agency_id)
