"""Concerns: the list, the story of one, and the answers to it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import office
from accounts.access import require
from accounts.permissions import Permission
from accounts.saving import save_once
from agencies.models import Person
from feedback import access, forms
from feedback.filters import ConcernFilter
from feedback.queries import lists, page, story
from feedback.services import concerns, dispositions, report_back
from feedback.views.sources import number, source_of

PAGE = 25


@require(Permission.CONCERN_VIEW)
@require_safe
def concern_list(request):
    """What agencies raised: without an answer first."""
    now = timezone.now()
    today = office.local_date(now)
    chosen = ConcernFilter(request.GET, lists.concerns(request.user), request=request, today=today)
    rows = Paginator(chosen.qs, PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": chosen,
        "page": rows,
        "counts": lists.concern_counts(chosen.qs),
        "today": today,
        "now": now,
        "may_raise": request.user.may(Permission.CONCERN_WORK),
    }
    return render(request, "feedback/concern_list.html", context)


@require(Permission.CONCERN_VIEW)
@require_safe
def concern(request, pk):
    """The story of one concern, and the next right step."""
    row = access.get_concern(request.user, pk)
    return concern_page(request, row, {}, timezone.now())


def concern_page(request, concern, bound, now, status=200):
    """The page; `bound` holds a form that was refused, under its name."""
    today = office.local_date(now)
    actions = story.actions_of(concern)
    report_backs = story.report_backs_of(concern)
    letters = story.letters_about(actions, concern, report_backs)
    step = page.next_step(concern, actions, report_backs, letters, request.user)
    offered = _forms(request.user, concern, step, today)
    context = {
        "concern": concern,
        "entries": story.of_concern(concern, actions, report_backs, letters),
        "scores": story.before_and_after(concern),
        "step": step,
        "forms": offered | bound,
        # What was written for a step that somebody else has taken meanwhile is still shown.
        "orphan": next((form for name, form in bound.items() if name not in offered), None),
        "bound": next(iter(bound), ""),
        "today": today,
        "now": now,
    }
    return render(request, "feedback/concern.html", context, status=status)


def _forms(user, concern, step, today):
    """The forms of the next step; none that the user may not send."""
    found = {}
    if step.may_answer:
        initial = {"version": concern.version, **lists.first_guess(user, today)}
        found["action"] = forms.OpenActionForm(
            initial=initial,
            owners=lists.owners_for(concern.agency, today),
            address=reverse("feedback:concern_action", args=[concern.pk]),
        )
    if step.name == "answer" and step.may_answer:
        version = {"version": concern.version}
        for name, form in {"reply": forms.ReplyForm, "decline": forms.DeclineForm}.items():
            address = reverse(f"feedback:concern_{name}", args=[concern.pk])
            found[name] = form(initial=version, address=address)
    if step.name == "ask" and step.may_answer:
        found["ask"] = _ask_form(concern)
    if step.name == "work" and step.may_work:
        address = reverse("feedback:action_done", args=[step.action.pk])
        found["done"] = forms.CompleteForm(
            action=step.action,
            owners=None,
            address=address,
            initial={"next": reverse("feedback:concern", args=[concern.pk])},
        )
    return found


def _ask_form(concern, data=None):
    people = Person.objects.filter(agency=concern.agency).current().exclude(email="")
    return forms.AskForm(
        data,
        people=people,
        initial={
            "did": report_back.words_to_tell(concern),
            "version": concern.version,
            "person": concern.raised_by if concern.raised_by in people else None,
        },
        address=reverse("feedback:concern_ask", args=[concern.pk]),
    )


@require(Permission.CONCERN_WORK)
@require_POST
def concern_action(request, pk):
    """Answer a concern with an action."""
    row, now = access.get_concern(request.user, pk), timezone.now()
    form = forms.OpenActionForm(
        request.POST,
        owners=lists.owners_for(row.agency, office.local_date(now)),
        address=request.path,
    )
    return _answer(request, row, "action", form, dispositions.open_action, now)


@require(Permission.CONCERN_WORK)
@require_POST
def concern_reply(request, pk):
    """Answer a concern in words."""
    row, form = access.get_concern(request.user, pk), forms.ReplyForm(request.POST)
    form.helper.form_action = request.path
    return _answer(request, row, "reply", form, dispositions.reply, timezone.now())


@require(Permission.CONCERN_WORK)
@require_POST
def concern_decline(request, pk):
    """Decline a concern, with the reason."""
    row, form = access.get_concern(request.user, pk), forms.DeclineForm(request.POST)
    form.helper.form_action = request.path
    return _answer(request, row, "decline", form, dispositions.decline, timezone.now())


@require(Permission.CONCERN_WORK)
@require_POST
def concern_ask(request, pk):
    """Report back to somebody else than the raiser."""
    row = access.get_concern(request.user, pk)
    form = _ask_form(row, request.POST)
    return _answer(request, row, "ask", form, report_back.ask, timezone.now())


def _answer(request, concern, name, form, verb, now):
    def do():
        data = {**form.cleaned_data}
        del data["submit_key"]
        if "version" in data:
            data["seen_version"] = data.pop("version")
        verb(concern=concern, **data, by=request.user, now=now)
        return reverse("feedback:concern", args=[concern.pk])

    address = form.is_valid() and save_once(request, form, do, now=now)
    if address:
        messages.success(request, _SAVED[name])
        return redirect(address)
    fresh = access.get_concern(request.user, concern.pk)
    return concern_page(request, fresh, {name: form}, now, status=422)


_SAVED = {
    "action": page.SAVED_ACTION,
    "reply": page.SAVED_WORDS,
    "decline": page.SAVED_WORDS,
    "ask": page.SAVED_ASK,
}


@require(Permission.CONCERN_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def concern_raise(request):
    """Write down what somebody told us, from a meeting or directly."""
    source = source_of(request)
    if source is None:
        return _choose_agency(request)
    meeting, agency = source
    people = Person.objects.filter(agency=agency).current()
    form = forms.RaiseForm(request.POST or None, people=people)
    now = timezone.now()
    if request.method == "POST" and form.is_valid():
        address = save_once(
            request, form, lambda: _raise(form, meeting, agency, request.user, now), now=now
        )
        if address:
            messages.success(request, _("The concern is on record. What will be done about it?"))
            return redirect(address)
    context = {"form": form, "agency": agency, "meeting": meeting}
    status = 422 if form.is_bound else 200
    return render(request, "feedback/concern_raise.html", context, status=status)


def _choose_agency(request):
    choices = lists.agencies(request.user)
    if meeting := number(request.GET.get("meeting", "")):
        choices = choices.filter(meetings=meeting)
    form = forms.ChooseAgencyForm(agencies=choices, initial={"meeting": meeting})
    return render(request, "feedback/concern_raise.html", {"form": form, "agency": None})


def _raise(form, meeting, agency, user, now):
    data = {name: form.cleaned_data[name] for name in ("quote", "person", "topic")}
    if meeting is None:
        row = concerns.raise_directly(agency=agency, **data, by=user, now=now)
    else:
        row = concerns.raise_from_meeting(meeting=meeting, agency=agency, **data, by=user, now=now)
    return reverse("feedback:concern", args=[row.pk])
