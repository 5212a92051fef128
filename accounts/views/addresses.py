"""The address that a user signs in with."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import devices
from accounts.access import public, signed_in
from accounts.forms import AddressForm
from accounts.models import AddressChange
from accounts.saving import status_of
from accounts.services import addresses
from accounts.services.addresses import PURPOSE
from crm_portal.lib import links, throttle
from crm_portal.lib.refusals import Refusal


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
def address(request):
    """Ask for another address. It is the user's own once the link in the letter is confirmed."""
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            addresses.ask_for_address(
                user=request.user, **form.cleaned_data, by=request.user, now=timezone.now()
            )
        except Refusal as refusal:
            form.add_error("new_address", str(refusal))
        else:
            return redirect("accounts:address")
    waiting = AddressChange.objects.filter(user=request.user).first()
    context = {"form": form, "waiting": waiting, "days": addresses.LINK_LIFE.days}
    return render(request, "accounts/address.html", context, status=status_of(request))


@public("the link itself is the key")
@require_safe
def open_link(request, token):
    """From the letter to a clean address. Shows nothing, changes nothing."""
    change = AddressChange.objects.filter(token_hash=links.fingerprint(token)).first()
    if change is None:
        if throttle.note_miss(request):
            return throttle.too_many()
        return render(request, "accounts/address_unknown.html", status=404)
    clean = reverse("accounts:address_confirm")
    response = redirect(clean)
    links.remember(response, purpose=PURPOSE, row=change, path=clean)
    response["Referrer-Policy"] = "no-referrer"
    return response


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def address_confirm(request):
    """Make the confirmed address the user's own. A link works for nobody else."""
    token_hash = links.remembered(request, purpose=PURPOSE) or ""
    change = AddressChange.objects.filter(user=request.user, token_hash=token_hash).first()
    if change is None:
        return render(request, "accounts/address_unknown.html", status=404)
    if request.method != "POST":
        return render(request, "accounts/address_confirm.html", {"change": change})
    try:
        user = addresses.confirm_address(change=change, by=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("accounts:address")
    update_session_auth_hash(request, user)
    messages.success(
        request, _("You sign in with %(address)s from now on.") % {"address": user.email}
    )
    response = redirect("accounts:profile")
    devices.remember(request, response, user)
    return response
