"""For whom raised it: a personal page without an account, and the representative's own list."""

from functools import wraps

from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_POST, require_safe

from accounts.access import public, require
from accounts.permissions import Permission
from crm_portal.lib import links
from crm_portal.lib.refusals import Refusal
from feedback import access
from feedback.forms import VerdictForm
from feedback.queries import lists
from feedback.services import report_back as report_backs
from feedback.services.report_back import PURPOSE

PAGE = 25


def personal(view):
    """Pages behind a personal link: never cached, and one friendly page for every wrong link."""

    @wraps(view)
    def answered(request, *args, **kwargs):
        try:
            response = view(request, *args, **kwargs)
        except access.LinkUnknown:
            response = render(request, "feedback/link_unknown.html", status=404)
        except access.TooManyGuesses:
            response = render(request, "feedback/link_slow.html", status=429)
            response["Retry-After"] = "60"
        add_never_cache_headers(response)
        return response

    return answered


@public("the link itself is the key")
@require_safe
@personal
def open_link(request, token):
    """A letter's link: shows nothing and changes nothing, but leads to a clean address."""
    row = access.get_report_back_of_link(request, token)
    address = reverse("feedback:report_back", args=[row.public_id])
    response = redirect(address)
    links.remember(response, purpose=PURPOSE, row=row, path=address)
    # Here only: a form on a page with it is sent with "Origin: null", which is refused.
    response["Referrer-Policy"] = "no-referrer"
    return response


@public("a cookie of the personal link is the key")
@require_safe
@personal
def report_back(request, public_id):
    """You told us, we did: fixed or not fixed?"""
    row = access.get_report_back(request, public_id)
    return _page(request, row, VerdictForm(initial={"words": row.words}))


@public("a cookie of the personal link is the key")
@require_POST
@personal
def verdict(request, public_id):
    """The raiser's answer."""
    row = access.get_report_back(request, public_id)
    form = VerdictForm(request.POST)
    if form.is_valid():
        try:
            report_backs.answer(
                report_back=row, **form.cleaned_data, now=timezone.now(), by=row.person
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("feedback:report_back", public_id=public_id)
    fresh = access.get_report_back(request, public_id)
    return _page(request, fresh, form, status=422)


def _page(request, row, form, status=200):
    context = {"report_back": row, "concern": row.concern, "form": form}
    return render(request, "feedback/report_back.html", context, status=status)


@public("a cookie of the personal link is the key")
@require_safe
@personal
def told(request, public_id):
    """Everything that this person told us, and what came of it."""
    row = access.get_report_back(request, public_id)
    rows = Paginator(lists.told_by(row.person), PAGE).get_page(request.GET.get("page"))
    return render(request, "feedback/told.html", {"report_back": row, "page": rows})


@require(Permission.OWN_CONCERNS)
@require_safe
def own_concerns(request):
    """What the representative's agency told us, and what came of it."""
    rows = lists.told_by_agencies_of(request.user)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "feedback/own_concerns.html", {"page": page})
