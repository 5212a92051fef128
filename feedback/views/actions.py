"""Actions: the one list, one action's page, and every step of it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import office
from accounts.access import require
from accounts.permissions import Permission
from accounts.saving import save_once
from crm_portal.lib.sheets import csv_response
from feedback import access, exports, forms
from feedback.filters import ActionFilter
from feedback.models import Action
from feedback.queries import lists, story
from feedback.services import actions
from feedback.views.sources import source_of

PAGE = 25


@require(Permission.ACTION_VIEW)
@require_safe
def action_list(request):
    """Mine, those of my agencies, or all; overdue, this week, later."""
    today = office.local_date(timezone.now())
    choice, chosen = _chosen(request, today)
    rows, sizes = _in_groups(request.user, choice, chosen, today)
    counts = lists.whose_counts(chosen.qs, request.user, today)
    context = {
        "filter": chosen,
        "whose": choice,
        "tabs": _tabs(request, choice, counts),
        "sizes": sizes,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "today": today,
        # Where an inline step leads back to.
        "back": "?" + urlencode({"next": request.get_full_path()}),
        "may_work": request.user.may(Permission.ACTION_WORK),
        "may_export": request.user.may(Permission.EXPORT),
    }
    return render(request, "feedback/action_list.html", context)


def _chosen(request, today):
    """Whose actions the address asks for, and the filter over everybody's."""
    choice = request.GET.get("whose", "mine")
    values = request.GET.copy()
    values["whose"] = choice if choice in dict(lists.WHOSE) else "all"
    values.setdefault("state", Action.State.OPEN)
    chosen = ActionFilter(values, lists.actions(request.user), request=request, today=today)
    chosen.form.is_valid()
    return values["whose"], chosen


def _in_groups(user, choice, chosen, today):
    """Open ones by when they are due; others newest first, in no group."""
    rows = lists.whose(chosen.qs, user, choice, today)
    if chosen.form.cleaned_data.get("state") in {Action.State.DONE, Action.State.DROPPED}:
        return lists.latest(rows), {}
    return lists.grouped(rows, today)


def _tabs(request, choice, counts):
    tabs = []
    for name, label in lists.WHOSE:
        values = request.GET.copy()
        values.pop("page", None)
        values["whose"] = name
        tabs.append(
            {
                "label": label,
                "url": f"?{values.urlencode()}",
                "current": name == choice,
                "count": counts[name],
            }
        )
    return tabs


@require(Permission.EXPORT)
@require_safe
def action_export(request):
    """The filtered list as a spreadsheet; a filter that is none is explained on the list."""
    today = office.local_date(timezone.now())
    choice, chosen = _chosen(request, today)
    if not chosen.form.is_valid():
        return redirect(f"{reverse('feedback:action_list')}?{request.GET.urlencode()}")
    rows = lists.whose(chosen.qs, request.user, choice, today)
    return csv_response(exports.actions(rows, today), f"actions-{today}")


@require(Permission.ACTION_VIEW)
@require_safe
def action(request, pk):
    """One action and everything that happened to it."""
    row = access.get_action(request.user, pk)
    now = timezone.now()
    history = story.with_history(Action.objects.filter(pk=row.pk).select_related("owner")).get()
    context = {
        "action": row,
        "entries": story.of_action(history),
        "steps": STEPS,
        "form": _step_form(request, row, "note", now) if _may_step(request.user, row) else None,
        "today": office.local_date(now),
        "now": now,
    }
    return render(request, "feedback/action.html", context)


def _may_step(user, action):
    return user.may(Permission.ACTION_WORK) and action.state == Action.State.OPEN


@require(Permission.ACTION_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def action_create(request):
    """An action for an agency, from a meeting or out of the blue."""
    source = source_of(request)
    if source is None:
        form = forms.ChooseAgencyForm(agencies=lists.agencies(request.user))
        return render(request, "feedback/action_create.html", {"form": form, "agency": None})
    meeting, agency = source
    now = timezone.now()
    today = office.local_date(now)
    form = forms.OpenActionForm(
        request.POST or None,
        owners=lists.owners_for(agency, today),
        initial=lists.first_guess(request.user, today),
    )
    if request.method == "POST" and form.is_valid():
        address = save_once(
            request, form, lambda: _create(form, meeting, agency, request.user, now), now=now
        )
        if address:
            messages.success(request, _("The action is on the list."))
            return redirect(address)
    context = {"form": form, "agency": agency, "meeting": meeting}
    status = 422 if form.is_bound else 200
    return render(request, "feedback/action_create.html", context, status=status)


def _create(form, meeting, agency, user, now):
    data = {name: form.cleaned_data[name] for name in ("what", "owner", "due_on")}
    row = actions.create(agency=agency, meeting=meeting, **data, by=user, now=now)
    return reverse("feedback:action", args=[row.pk])


# ---- Steps --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One thing that can be done with an open action."""

    title: str
    form: type
    verb: object
    saved: str
    icon: str = ""
    has_version: bool = True


STEPS = {
    "done": Step(_("Done"), forms.CompleteForm, actions.complete, _("Done. Well done."), "check"),
    "note": Step(
        _("Note"), forms.NoteForm, actions.note, _("The note is saved."), "note", has_version=False
    ),
    "date": Step(
        _("New date"), forms.DueForm, actions.set_due, _("The new date is set."), "calendar"
    ),
    "owner": Step(
        _("Hand over"), forms.HandOverForm, actions.hand_over, _("Handed over."), "hand-over"
    ),
    "drop": Step(_("Drop"), forms.DropForm, actions.drop, _("The action is dropped."), "close"),
}


@require(Permission.ACTION_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def action_step(request, pk, step):
    """Done, a note, a new date, a new owner, or dropped. Lists load the form into their row."""
    row, now = access.get_action(request.user, pk), timezone.now()
    form = _step_form(request, row, step, now)
    if request.method == "POST" and form.is_valid():
        address = save_once(
            request, form, lambda: _take(form, row, step, request.user, now), now=now
        )
        if address:
            messages.success(request, STEPS[step].saved)
            return redirect(_next(request, form, address))
    context = {
        "form": form,
        "action": access.get_action(request.user, pk),
        "step": STEPS[step],
        "today": office.local_date(now),
    }
    template = "feedback/action_step.html" + ("#step_form" if request.htmx else "")
    return render(request, template, context, status=422 if form.is_bound else 200)


def _step_form(request, action, step, now):
    return STEPS[step].form(
        request.POST if request.method == "POST" else None,
        action=action,
        owners=lists.owners_for(action.agency, office.local_date(now)),
        address=reverse(f"feedback:action_{step}", args=[action.pk]),
        initial={"next": request.GET.get("next", "")},
    )


def _take(form, action, step, user, now):
    data = {**form.cleaned_data}
    for name in ("submit_key", "next"):
        del data[name]
    version = data.pop("version")
    if STEPS[step].has_version:
        data["seen_version"] = version
    STEPS[step].verb(action=action, **data, by=user, now=now)
    return reverse("feedback:action", args=[action.pk])


def _next(request, form, address):
    wanted = form.cleaned_data["next"]
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    # With a slash in front: `redirect` would take a word for the name of a page.
    return wanted if wanted.startswith("/") and is_ours else address
