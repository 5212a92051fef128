"""Closing a wave, when everything that was raised in it has an answer."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import require
from accounts.permissions import Permission
from crm_portal.lib.refusals import Refusal
from feedback import access
from feedback.queries import lists
from feedback.services import waves

PAGE = 25


@require(Permission.WAVE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def wave_close(request, pk):
    """What still needs an answer; the button that closes the wave once nothing does."""
    wave = access.get_wave(pk)
    status = 200
    if request.method == "POST":
        try:
            waves.close(wave=wave, by=request.user, now=timezone.now())
        except Refusal as refusal:
            messages.error(request, str(refusal))
            status = 422
        else:
            messages.success(request, _("The wave is closed."))
            return redirect("surveys:wave", wave.pk)
    left = Paginator(lists.undisposed_of(wave, request.user), PAGE)
    context = {"wave": wave, "page": left.get_page(request.GET.get("page"))}
    return render(request, "feedback/wave_close.html", context, status=status)
