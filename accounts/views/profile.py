"""The user's own profile, and the office's."""

from copy import copy

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import office
from accounts.access import public, require, signed_in
from accounts.forms import OfficeForm, ProfileForm, ThemeForm, with_state_holidays
from accounts.models import Office
from accounts.permissions import Permission
from accounts.saving import save_once, status_of
from accounts.services import offices


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request):
    """What users may change about themselves."""
    form = ProfileForm(request.POST or None, instance=copy(request.user))

    def save():
        changes = {name: form.cleaned_data[name] for name in form.Meta.fields}
        seen = form.cleaned_data["version"] or 0
        offices.update_profile(
            user=form.instance, changes=changes, seen_version=seen, by=request.user
        )
        return reverse("accounts:profile")

    if request.method == "POST" and form.is_valid():
        address = save_once(request, form, save, now=timezone.now())
        if address:
            messages.success(request, _("Your profile has been saved."))
            return redirect(address)
    return render(request, "accounts/profile.html", {"form": form}, status=status_of(request))


@signed_in
@require_POST
def theme(request):
    """Switch between light and dark, and stay on the page."""
    form = ThemeForm(request.POST)
    if form.is_valid():
        offices.choose_theme(user=request.user, theme=form.cleaned_data["theme"], by=request.user)
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    # With a slash in front: `redirect` would take a word for the name of a page.
    return redirect(back if back.startswith("/") and is_ours else "accounts:profile")


@require(Permission.OFFICE_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def office_profile(request):
    """Name, logo, vocabulary, calendar and cadence of the office."""
    row = Office.objects.first() or Office(pk=1)
    if "fill_in" in request.POST:
        return _with_state_holidays(request, row)
    form = OfficeForm(request.POST or None, request.FILES or None, instance=row)

    def save():
        offices.update_office(**_office_changes(form.cleaned_data), by=request.user)
        return reverse("accounts:office")

    if request.method == "POST" and form.is_valid():
        address = save_once(request, form, save, now=timezone.now())
        if address:
            messages.success(request, _("The office's profile has been saved."))
            return redirect(address)
    return render(request, "accounts/office.html", {"form": form}, status=status_of(request))


def _with_state_holidays(request, row):
    """The form as it was sent, with the state's holidays of this year and the next; not saved."""
    year = office.local_date(timezone.now()).year
    filled_in = with_state_holidays(request.POST.dict(), years=[year, year + 1])
    if filled_in is None:
        messages.warning(request, _("Write the two letters of your state first, like CO."))
    else:
        messages.info(request, _("Look through the holidays below, then save them."))
    form = OfficeForm(initial=filled_in or request.POST.dict(), instance=row)
    return render(request, "accounts/office.html", {"form": form})


def _office_changes(data):
    own = {"logo_file", "remove_logo", "holidays", "version", "submit_key"}
    changes = {name: value for name, value in data.items() if name not in own}
    if data["remove_logo"]:
        changes["logo"] = None
    elif data["logo_file"]:
        changes["logo"] = data["logo_file"]
    seen = data["version"] or 0
    return {"changes": changes, "holidays": data["holidays"], "seen_version": seen}


@public("the sign-in page shows it too")
@require_safe
def logo(request):
    """The office's logo, a PNG."""
    picture = Office.objects.values_list("logo", flat=True).first()
    if not picture:
        raise Http404
    return HttpResponse(bytes(picture), content_type="image/png")
