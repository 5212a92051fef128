"""People at agencies."""

from copy import copy

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import office
from accounts.access import require
from accounts.permissions import Permission
from accounts.saving import save_once, status_of
from agencies import access
from agencies.forms.editing import differing
from agencies.forms.registry import LeftForm, PersonForm
from agencies.queries import pages
from agencies.services import registry
from agencies.views.facts import facts_of
from crm_portal.lib.refusals import Refusal


@require(Permission.AGENCY_VIEW)
@require_safe
def person_list(request, pk):
    """Who is there, and who has left."""
    agency = access.get_agency(request.user, pk)
    context = {
        "agency": agency,
        "people": pages.people(agency, left=False),
        "left": pages.people(agency, left=True),
        "may_edit": request.user.may(Permission.AGENCY_EDIT),
    }
    return render(request, "agencies/people.html", context)


@require(Permission.AGENCY_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def person_add(request, pk):
    """Somebody new at an agency."""
    agency = access.get_agency(request.user, pk)
    form = PersonForm(request.POST or None)

    def add():
        registry.add_person(agency=agency, by=request.user, **facts_of(form))
        return reverse("agencies:people", args=[pk])

    if request.method == "POST" and form.is_valid():
        address = save_once(request, form, add, now=timezone.now())
        if address:
            return redirect(address)
    context = {"form": form, "agency": agency}
    return render(request, "agencies/person_form.html", context, status=status_of(request))


@require(Permission.AGENCY_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def person_edit(request, pk):
    """Correct what is known of a person; who comes second is told."""
    person = access.get_person(request.user, pk)
    form = PersonForm(request.POST or None, instance=copy(person))

    def change():
        seen = form.cleaned_data["version"] or 0
        registry.change_person(
            person=person, changes=facts_of(form), seen_version=seen, by=request.user
        )
        return reverse("agencies:people", args=[person.agency_id])

    if request.method == "POST" and form.is_valid():
        address = save_once(request, form, change, now=timezone.now())
        if address:
            return redirect(address)
    return _page(request, person, form, status=status_of(request))


def _page(request, person, form, *, left=None, status):
    today = office.local_date(timezone.now())
    context = {
        "form": form,
        "theirs": differing(form),
        "person": person,
        "agency": person.agency,
        "left_form": left or LeftForm(today=today, person=person),
    }
    return render(request, "agencies/person_form.html", context, status=status)


@require(Permission.AGENCY_EDIT)
@require_POST
def person_left(request, pk):
    """The person has left; nobody writes to them any more."""
    person = access.get_person(request.user, pk)
    form = LeftForm(request.POST, today=office.local_date(timezone.now()), person=person)
    if not form.is_valid():
        return _page(request, person, PersonForm(instance=person), left=form, status=422)
    try:
        registry.mark_left(person=person, on=form.cleaned_data["left_on"], by=request.user)
    except Refusal as refusal:
        person.refresh_from_db()
        form.add_error("left_on", str(refusal))
        return _page(request, person, PersonForm(instance=person), left=form, status=422)
    messages.success(request, _("%(name)s is marked as left.") % {"name": person})
    return redirect("agencies:people", pk=person.agency_id)
