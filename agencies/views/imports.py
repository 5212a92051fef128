"""A spreadsheet becomes agencies: upload, look, decide, and take over all or nothing."""

from functools import partial

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
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
from agencies.forms.imports import ColumnsForm, ConfirmForm, DecisionsForm, UploadForm
from agencies.imports.preview import STATUSES
from agencies.queries import pages
from agencies.services import imports, previews
from crm_portal.lib.refusals import Refusal

ROWS = 100
PAIRS = 50
RECENT = 10


@require(Permission.AGENCY_IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request):
    """Choose a file. Nothing is written yet but the file itself."""
    now, state = timezone.now(), office.current().state
    form = UploadForm(request.POST or None, request.FILES or None, initial={"default_state": state})
    if request.method == "POST" and form.is_valid():
        address = save_once(request, form, partial(_keep, request.user, form, now), now=now)
        if address:
            return redirect(address)
    context = {
        "form": form,
        "now": now,
        "drafts": pages.open_imports(request.user)[:RECENT],
        "runs": pages.imports()[:RECENT],
    }
    return render(request, "agencies/import_upload.html", context, status=status_of(request))


def _keep(user, form, now):
    draft = imports.upload(
        file_name=form.file_name,
        content=form.cleaned_data["file"],
        default_state=form.cleaned_data["default_state"],
        by=user,
        now=now,
    )
    return reverse("agencies:import_preview", args=[draft.pk])


@require(Permission.AGENCY_IMPORT)
@require_safe
def preview(request, pk):
    """Row by row what would happen. Nothing is written."""
    draft = access.get_import_draft(request.user, pk)
    if draft.result_id:
        return _reload(request, redirect("agencies:import_result", pk=draft.result_id))
    if draft.is_wanted:
        return _waiting(request, draft)
    return _reload(request, _page(request, draft))


def _reload(request, answer):
    """A page that asked how far a worker is shows itself anew as a whole."""
    if request.htmx:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return answer


def _waiting(request, draft):
    """How far the worker is; asked for again by the page, or by who reloads it."""
    template = "agencies/import_waiting.html"
    if request.htmx:
        template += "#progress"
    return render(request, template, {"draft": draft})


def _page(request, draft, *, columns=None, refusal="", status=200):
    refusal = refusal or draft.refusal
    context = {"draft": draft, "refusal": refusal, "statuses": STATUSES}
    try:
        context["columns_form"] = columns or _columns_form(draft)
        plan, context["is_old"] = previews.plan_of(draft)
    except Refusal as cannot:
        context["refusal"] = refusal or str(cannot)
    else:
        if plan is not None:
            context |= _shown(request, draft, plan)
    return render(request, "agencies/import_preview.html", context, status=status)


def _columns_form(draft, data=None):
    return ColumnsForm(data, headings=imports.sheet_of(draft).headings, draft=draft)


def _shown(request, draft, plan):
    """The part of the preview that fits on a page."""
    show = request.GET.get("show", "")
    rows = [row for row in plan.rows if row.status == show] if show in STATUSES else plan.rows
    pairs = sorted(plan.pairs, key=lambda pair: bool(pair.decision))
    return {
        "plan": plan,
        "counts": plan.counts["rows"].items(),
        "show": show,
        "page_obj": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "pairs": pairs[:PAIRS],
        "pairs_left": len(pairs) - PAIRS,
        "blockers": list(imports.blockers(plan, draft.leave_out_errors)),
        "confirm": ConfirmForm(initial={"fingerprint": plan.fingerprint}),
    }


@require(Permission.AGENCY_IMPORT)
@require_POST
def map_columns(request, pk):
    """Say which column holds what, then look again."""
    draft = access.get_import_draft(request.user, pk)
    if draft.result_id:
        return redirect("agencies:import_result", pk=draft.result_id)
    try:
        form = _columns_form(draft, request.POST)
        if not form.is_valid():
            return _page(request, draft, columns=form, status=422)
        imports.map_columns(draft=draft, by=request.user, **form.facts())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("agencies:import_preview", pk=pk)


@require(Permission.AGENCY_IMPORT)
@require_POST
def decide(request, pk):
    """Keep what was said about pairs, then look again."""
    draft = access.get_import_draft(request.user, pk)
    form = DecisionsForm(request.POST)
    if draft.result_id:
        return redirect("agencies:import_result", pk=draft.result_id)
    if form.is_valid() and not draft.is_wanted:
        try:
            plan, _is_old = previews.plan_of(draft)
            imports.decide(
                draft=draft,
                decisions=form.decisions(plan.pairs if plan else []),
                leave_out_errors=form.cleaned_data["leave_out_errors"],
                by=request.user,
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
    return redirect("agencies:import_preview", pk=pk)


@require(Permission.AGENCY_IMPORT)
@require_POST
def apply(request, pk):
    """Take it over. What was not shown is not done: then it is shown anew."""
    draft, now = access.get_import_draft(request.user, pk), timezone.now()
    if draft.result_id:
        return redirect("agencies:import_result", pk=draft.result_id)
    form = ConfirmForm(request.POST)

    def take_over():
        said = {"fingerprint": form.cleaned_data["fingerprint"], "by": request.user}
        if previews.is_large(draft):
            imports.confirm(draft=draft, **said)
            return reverse("agencies:import_preview", args=[pk])
        result = imports.apply(draft=draft, now=now, **said)
        return reverse("agencies:import_result", args=[result.pk])

    if not form.is_valid():
        return _page(request, draft, refusal=_("Look at the preview first."), status=422)
    address = save_once(request, form, take_over, now=now)
    if address:
        return redirect(address)
    return _page(request, draft, refusal=" ".join(form.non_field_errors()), status=422)


@require(Permission.AGENCY_IMPORT)
@require_POST
def discard(request, pk):
    """Throw the upload away."""
    draft = access.get_import_draft(request.user, pk)
    try:
        imports.discard(draft=draft, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.info(request, _("The file was thrown away. Nothing was imported."))
    return redirect("agencies:import")


@require(Permission.AGENCY_IMPORT)
@require_safe
def result(request, pk):
    """What the import did, with every merge, each of which can be taken apart."""
    run = access.get_import(pk)
    merges = run.spellings.filter(is_first=False).select_related("agency").order_by("spelling")
    page = Paginator(merges, ROWS).get_page(request.GET.get("page"))
    moved = run.moved_domains.select_related("agency", "moved_from")
    context = {"run": run, "page_obj": page, "moved_domains": moved, "now": timezone.now()}
    return render(request, "agencies/import_result.html", context)
