"""The outbox: what was promised to whom, what went, what did not and why."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import DatabaseError
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import public, require
from accounts.permissions import Permission
from crm_portal.lib.refusals import Refusal
from outbox import access, paper, queries
from outbox.filters import LetterFilter
from outbox.forms import DropForm
from outbox.models import Letter
from outbox.services import parked, preview


@require(Permission.OUTBOX_VIEW)
@require_safe
def letter_list(request):
    now = timezone.now()
    letters = Letter.objects.visible_to(request.user).defer("body")
    chosen = LetterFilter(request.GET, queryset=letters)
    context = {
        "form": chosen.form,
        "page": Paginator(chosen.qs, 25).get_page(request.GET.get("page")),
        "counts": queries.counts(now),
        "parked": [] if request.GET else queries.parked(),
        "refused": [] if request.GET else queries.refused(now),
        "trouble": queries.trouble(),
        "may_decide": request.user.may(Permission.OUTBOX_WORK),
        "now": now,
    }
    return render(request, "outbox/list.html", context)


@require(Permission.OUTBOX_VIEW)
@require_safe
def letter(request, pk):
    return _letter(request, access.get_letter(request.user, pk), DropForm())


def _letter(request, row, form, status=200):
    now = timezone.now()
    context = {
        "letter": row,
        "history": queries.history(row),
        "sample": preview.of(row, now=now),
        "form": form,
        "may_decide": request.user.may(Permission.OUTBOX_WORK),
        "now": now,
    }
    return render(request, "outbox/letter.html", context, status=status)


@require(Permission.OUTBOX_VIEW)
@require_safe
def letter_preview(request, pk):
    """The letter as its reader would see it; links lead nowhere, so that none is used here."""
    row = access.get_letter(request.user, pk)
    sample = preview.of(row, now=timezone.now())
    return paper.as_page(sample.html if sample else "")


@require(Permission.OUTBOX_WORK)
@require_POST
def send_again(request, pk):
    row = access.get_letter(request.user, pk)
    try:
        parked.send_again(letter=row, by=request.user, now=timezone.now())
        messages.success(request, _("The letter goes out again within a minute."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("outbox:letter", pk=pk)


@require(Permission.OUTBOX_WORK)
@require_POST
def drop(request, pk):
    row = access.get_letter(request.user, pk)
    form = DropForm(request.POST)
    if not form.is_valid():
        return _letter(request, row, form, status=422)
    try:
        parked.drop(
            letter=row, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()
        )
        messages.success(request, _("The letter is not sent."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("outbox:letter", pk=pk)


@public("machines ask whether the portal works; it tells no secret")
@require_safe
def healthz(request):
    try:
        health = queries.health(timezone.now())
    except DatabaseError:
        health = {"ok": False, "database": False}
    response = JsonResponse(health, status=200 if health["ok"] else 503)
    response["Cache-Control"] = "no-store"
    return response
