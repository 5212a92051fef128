"""Read a meeting, correct it, take it back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import require
from accounts.permissions import Permission
from accounts.saving import save_once
from accounts.services import drafts
from agencies import access
from agencies.filters import MeetingFilter
from agencies.forms.editing import meeting_initial, with_unseen
from agencies.models import Meeting
from agencies.queries import pages
from agencies.queries.drafts import as_fields, free_key
from agencies.queries.history import changes
from agencies.services import meetings
from agencies.views.meeting_log import form_for, is_sent
from crm_portal.lib.refusals import Refusal

PER_PAGE = 25


@require(Permission.MEETING_VIEW)
@require_safe
def meeting_list(request):
    """Every meeting that the user may read, newest first."""
    rows = Meeting.objects.visible_to(request.user).select_related("logged_by")
    chosen = MeetingFilter(request.GET, queryset=rows, request=request)
    page = Paginator(chosen.qs, PER_PAGE).get_page(request.GET.get("page"))
    pages.add_names(request.user, page.object_list)
    context = {
        "page_obj": page,
        "form": chosen.form,
        "may_export": request.user.may(Permission.EXPORT),
        "now": timezone.now(),
    }
    return render(request, "agencies/meeting_list.html", context)


@require(Permission.MEETING_VIEW)
@require_safe
def meeting(request, pk):
    """What was said, who was there, how it changed."""
    user, row = request.user, access.get_meeting(request.user, pk)
    agencies, others = pages.meeting_agencies(user, row)
    context = {
        "meeting": row,
        "agencies": agencies,
        "others": others,
        "people": pages.meeting_people(user, row),
        "colleagues": row.colleagues.all(),
        # The first is the logging itself, which the page says anyway.
        "changes": changes(row)[:-1],
        "may_edit": user.may(Permission.MEETING_LOG),
        "may_raise": user.may(Permission.CONCERN_WORK),
        "may_act": user.may(Permission.ACTION_WORK),
        "may_withdraw": meetings.may_withdraw(row, user),
        "just_logged": request.GET.get("logged") if row.logged_by_id == user.pk else None,
        "now": timezone.now(),
    }
    return render(request, "agencies/meeting.html", context)


@require(Permission.MEETING_LOG)
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_edit(request, pk):
    """Correct a meeting; who comes second sees what the first one wrote."""
    row, now = access.get_meeting(request.user, pk), timezone.now()
    form = form_for(request, now, meeting_initial(row))

    def change():
        seen = form.cleaned_data["version"] or 0
        changes = with_unseen(request.user, row, form.facts())
        meetings.edit(meeting=row, seen_version=seen, changes=changes, by=request.user, now=now)
        return reverse("agencies:meeting", args=[pk])

    if is_sent(request) and form.is_valid():
        address = save_once(request, form, change, now=now)
        if address:
            return redirect(address)
    context = {"form": form, "meeting": row, "is_looking": not is_sent(request)}
    status = 422 if is_sent(request) else 200
    return render(request, "agencies/meeting_edit.html", context, status=status)


@require(Permission.MEETING_LOG)
@require_POST
def meeting_withdraw(request, pk):
    """The undo. The meeting vanishes from every list; row and history stay."""
    row = access.get_meeting(request.user, pk)
    try:
        meetings.withdraw(meeting=row, by=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("agencies:meeting", pk=pk)
    messages.success(request, _("The meeting was taken back. It is on no list any more."))
    return redirect(_half_written_again(request.user, row) or "dashboards:home")


def _half_written_again(user, row):
    """An undo takes nothing away from who wrote it: the form is as it was before it was saved.
    Returns its address."""
    places = list(row.places.values_list("agency", flat=True))
    form, agency = free_key(user, places)
    if row.logged_by_id != user.pk or form is None:
        return None
    changes, now = as_fields(meeting_initial(row)), timezone.now()
    numbers = dict.fromkeys(changes, int(now.timestamp() * 1000))
    drafts.keep_changes(by=user, form=form, changes=changes, sequences=numbers, now=now)
    return f"{reverse('agencies:meeting_log')}?agency={agency or ''}"
