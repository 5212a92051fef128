"""Preparing a wave, opening it, giving more time, ending it; and single links."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import require
from accounts.permissions import Permission
from accounts.saving import save_once, status_of
from crm_portal.lib.refusals import Refusal
from surveys import access
from surveys.forms.staff import AudienceForm, ExtendForm, WaveForm
from surveys.models import Wave
from surveys.queries import waves as queries
from surveys.services import invitations, waves

OWN = {"submit_key", "version"}


def facts_of(form):
    return {name: value for name, value in form.cleaned_data.items() if name not in OWN}


def is_sent(request, form):
    return request.method == "POST" and form.is_valid()


@require(Permission.WAVE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def wave_add(request):
    """Prepare a wave; it opens by itself on its first day."""
    initial = {"questionnaire": request.GET.get("questionnaire", "")[:18]}
    form = WaveForm(request.POST or None, initial=initial)

    def add():
        return reverse("surveys:wave", args=[waves.prepare(by=request.user, **facts_of(form)).pk])

    if is_sent(request, form) and (address := save_once(request, form, add, now=timezone.now())):
        return redirect(address)
    return render(request, "surveys/wave_form.html", {"form": form}, status=status_of(request))


@require(Permission.WAVE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def wave_edit(request, pk):
    """Change a wave that has not opened."""
    wave = access.get_wave(request.user, pk)
    form = WaveForm(request.POST or None, instance=access.get_wave(request.user, pk))

    def change():
        seen = form.cleaned_data["version"] or 0
        waves.change(wave=wave, changes=facts_of(form), seen_version=seen, by=request.user)
        return reverse("surveys:wave", args=[pk])

    if is_sent(request, form) and (address := save_once(request, form, change, now=timezone.now())):
        return redirect(address)
    context = {"form": form, "wave": wave, "audience": queries.audience_size(wave)}
    return render(request, "surveys/wave_form.html", context, status=status_of(request))


@require(Permission.WAVE_MANAGE)
@require_safe
def audience(request):
    """How many people the form as it stands would ask."""
    form = AudienceForm(request.GET)
    form.is_valid()
    wave = Wave(**{name: form.cleaned_data.get(name, []) for name in form.fields})
    return render(request, "surveys/_audience.html", {"audience": queries.audience_size(wave)})


@require(Permission.WAVE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def wave_open(request, pk):
    """Open today instead of waiting for the first day."""
    wave = access.get_wave(request.user, pk)
    if request.method == "POST":
        return _do(
            request,
            wave,
            lambda: waves.open_now(wave=wave, by=request.user, now=timezone.now()),
            _("The survey is open. Letters go out in office hours."),
        )
    context = {"wave": wave, "audience": queries.audience_size(wave)}
    return render(request, "surveys/wave_open.html", context)


@require(Permission.WAVE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def wave_extend(request, pk):
    """Give more time."""
    wave = access.get_wave(request.user, pk)
    form = ExtendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            waves.extend(wave=wave, by=request.user, now=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("closes_on", str(refusal))
        else:
            messages.success(request, _("The survey takes answers until the new day."))
            return redirect("surveys:wave", pk)
    context = {"wave": wave, "form": form}
    return render(request, "surveys/wave_extend.html", context, status=status_of(request))


@require(Permission.WAVE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def wave_end(request, pk):
    """Take no more answers."""
    wave = access.get_wave(request.user, pk)
    if request.method == "POST":
        return _do(
            request,
            wave,
            lambda: waves.end_now(wave=wave, by=request.user, now=timezone.now()),
            _("The survey takes no more answers."),
        )
    context = {"wave": wave, "rates": queries.rates_of(wave, request.user)}
    return render(request, "surveys/wave_end.html", context)


@require(Permission.WAVE_MANAGE)
@require_POST
def invitation_write(request, pk):
    """Send the link once more; a new one after it was taken back."""
    invitation = access.get_invitation(request.user, pk)
    return _do(
        request,
        invitation.wave,
        lambda: invitations.write_again(invitation=invitation, by=request.user, now=timezone.now()),
        _("A letter with the link goes out within a minute."),
        then="surveys:people",
    )


@require(Permission.WAVE_MANAGE)
@require_POST
def invitation_revoke(request, pk):
    """Take a link back."""
    invitation = access.get_invitation(request.user, pk)
    return _do(
        request,
        invitation.wave,
        lambda: invitations.revoke(invitation=invitation, by=request.user, now=timezone.now()),
        _("The link no longer works."),
        then="surveys:people",
    )


def _do(request, wave, work, done, *, then="surveys:wave"):
    """Do it, say so or say why not, and go back."""
    try:
        work()
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(then, wave.pk)
