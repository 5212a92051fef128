"""The facts of an agency, and the spellings under which it is known."""

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
from agencies.forms.registry import AgencyForm, SplitForm
from agencies.models import Agency
from agencies.services import registry, spellings
from crm_portal.lib.refusals import Refusal

OWN = {"submit_key", "version"}


def facts_of(form):
    return {name: value for name, value in form.cleaned_data.items() if name not in OWN}


@require(Permission.AGENCY_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def agency_add(request):
    """One that no spreadsheet brought."""
    new = Agency(state=office.current().state)
    form = AgencyForm(request.POST or None, instance=new, user=request.user)

    def add():
        agency = registry.add_agency(by=request.user, **facts_of(form))
        return reverse("dashboards:agency", args=[agency.pk])

    if request.method == "POST" and form.is_valid():
        address = save_once(request, form, add, now=timezone.now())
        if address:
            return redirect(address)
    context = {"form": form}
    return render(request, "agencies/agency_form.html", context, status=status_of(request))


@require(Permission.AGENCY_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def agency_edit(request, pk):
    """Correct facts; who comes second sees what the first one wrote."""
    agency = access.get_agency(request.user, pk)
    # The form writes into its own copy while it checks.
    form = AgencyForm(request.POST or None, instance=copy(agency), user=request.user)

    def change():
        seen = form.cleaned_data["version"] or 0
        registry.change_agency(
            agency=agency, changes=facts_of(form), seen_version=seen, by=request.user
        )
        return reverse("dashboards:agency", args=[pk])

    if request.method == "POST" and form.is_valid():
        address = save_once(request, form, change, now=timezone.now())
        if address:
            return redirect(address)
    context = {"form": form, "agency": agency, "theirs": differing(form)}
    return render(request, "agencies/agency_form.html", context, status=status_of(request))


@require(Permission.AGENCY_VIEW)
@require_safe
def spelling_list(request, pk):
    """Every name that spreadsheets used for this one, why, and how to take it apart."""
    agency = access.get_agency(request.user, pk)
    rows = agency.spellings.select_related("source", "split_from").prefetch_related("domains")
    context = {
        "agency": agency,
        "spellings": rows,
        "other_domains": agency.domains.filter(spelling=None),
        "moved_domains": agency.domains.exclude(moved_from=None).select_related("moved_from"),
        "may_edit": request.user.may(Permission.AGENCY_EDIT),
    }
    return render(request, "agencies/spellings.html", context)


@require(Permission.AGENCY_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def spelling_split(request, pk):
    """Ask for a name, then make the spelling an agency of its own again."""
    spelling = access.get_spelling(request.user, pk)
    form = SplitForm(request.POST or None, initial={"name": spellings.free_name(spelling)})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            made = spellings.split_spelling(spelling=spelling, name=name, by=request.user)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("“%(name)s” is on its own now.") % {"name": made})
            return redirect("agencies:spellings", pk=made.pk)
    context = {"form": form, "spelling": spelling, "companions": spellings.companions(spelling)}
    return render(request, "agencies/spelling_split.html", context, status=status_of(request))


@require(Permission.AGENCY_EDIT)
@require_POST
def spelling_undo(request, pk):
    """Give a spelling back to the agency that it was taken from."""
    spelling = access.get_spelling(request.user, pk)
    try:
        agency = spellings.undo_split(spelling=spelling, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("agencies:spellings", pk=spelling.agency_id)
    messages.success(request, _("It is one again with “%(name)s”.") % {"name": agency})
    return redirect("agencies:spellings", pk=agency.pk)


@require(Permission.AGENCY_EDIT)
@require_POST
def domain_back(request, pk):
    """Give a domain back to the agency from which an import took it."""
    agency = access.get_agency(request.user, pk)
    name = request.POST.get("domain", "").replace("\0", "")
    domain = agency.domains.exclude(moved_from=None).filter(domain=name).first()
    try:
        if domain is None:
            raise Refusal(_("It was not moved here, or is back already."))
        domain = spellings.give_back_domain(domain=domain, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        said = {"domain": domain, "name": domain.agency}
        messages.success(request, _("%(domain)s is “%(name)s”’s again.") % said)
    return redirect("agencies:spellings", pk=pk)
