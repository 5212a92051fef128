"""Log a meeting: the form, its draft, and what it offers."""

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import require
from accounts.permissions import Permission
from accounts.saving import save_once
from accounts.services import drafts
from agencies.forms.drafts import DraftForm
from agencies.forms.meetings import MeetingForm
from agencies.forms.numbers import number, numbers
from agencies.models import Meeting
from agencies.queries.drafts import MeetingDraft, key, meeting_draft
from agencies.queries.picker import Picker
from agencies.services import meetings


def form_for(request, now, initial):
    """The form, offering what fits to what was chosen and typed so far."""
    data = request.POST if request.method == "POST" else None
    chosen = sent(data, "agencies") if data is not None else initial.get("agencies", [])
    text = (initial if data is None else data).get("find", "")
    picker = Picker(
        request.user,
        chosen=numbers(chosen),
        there=numbers([*initial.get("people", []), *sent(data, "people")]),
        colleagues_there=numbers(initial.get("colleagues", [])),
        text=text[:100].replace("\0", ""),
    )
    return MeetingForm(data, user=request.user, picker=picker, now=now, initial=initial)


def sent(data, name):
    """What was sent of a field of which there may be several."""
    return data.getlist(name) if data is not None else []


def is_sent(request):
    """Whether the form is to be saved; without a script the button “Find” sends it, too."""
    return request.method == "POST" and "look" not in request.POST


@require(Permission.MEETING_LOG)
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_log(request):
    """Under half a minute at the door: agency, how, and a note."""
    now = timezone.now()
    agency = number(request.GET.get("agency"))
    # What is sent stands for itself: the draft is read for a fresh form only.
    draft = (
        MeetingDraft(key(agency), agency) if request.POST else meeting_draft(request.user, agency)
    )
    mode = request.GET.get("mode")
    known = {"mode": mode} if mode in Meeting.Mode else {}
    form = form_for(request, now, {**known, **draft.initial})

    def log():
        meeting = meetings.log(**form.facts(), by=request.user, now=now)
        drafts.discard(by=request.user, form=draft.key)
        key = form.cleaned_data["submit_key"]
        return f"{reverse('agencies:meeting', args=[meeting.pk])}?logged={key}"

    if is_sent(request) and form.is_valid():
        address = save_once(request, form, log, now=now)
        if address:
            return redirect(address)
    context = {"form": form, "draft": draft, "now": now, "is_looking": not is_sent(request)}
    status = 422 if is_sent(request) else 200
    return render(request, "agencies/meeting_log.html", context, status=status)


@require(Permission.MEETING_LOG)
@require_POST
def meeting_draft_keep(request):
    """Keep a half-written note; sent by a script while somebody types."""
    now, form = timezone.now(), DraftForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": _("This cannot be kept.")}, status=422)
    drafts.keep_changes(
        by=request.user,
        form=key(number(request.GET.get("agency"))),
        changes=form.changes(),
        sequences=form.sequences,
        submit_key=form.cleaned_data["submit_key"],
        now=now,
    )
    return JsonResponse({"saved_at": formats.time_format(timezone.localtime(now))})


@require(Permission.MEETING_LOG)
@require_POST
def meeting_draft_discard(request):
    """Throw a half-written note away."""
    drafts.discard(by=request.user, form=key(number(request.POST.get("agency"))))
    messages.info(request, _("The half-written note is gone."))
    return redirect("agencies:meeting_log")


@require(Permission.MEETING_LOG)
@require_safe
def meeting_picker(request):
    """The agencies, or the people, to choose from: part of the form, by what is chosen so far."""
    is_people = request.GET.get("part") == "people"
    chosen = numbers(request.GET.getlist("agencies"))
    text = "" if is_people else request.GET.get("find", "")[:100].replace("\0", "")
    people = numbers(request.GET.getlist("people"))
    picker = Picker(request.user, chosen=chosen, there=people, text=text)
    initial = {"agencies": chosen, "people": people}
    form = MeetingForm(user=request.user, picker=picker, now=timezone.now(), initial=initial)
    part = "people" if is_people else "agencies"
    return render(request, f"agencies/_picker.html#{part}", {"form": form})
