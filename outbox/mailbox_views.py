"""The demo's mailbox: every letter as its reader sees it. Wired only where MAILBOX_DIR is set."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import public
from outbox import mailbox, paper

demo_only = public("the demo's mailbox: its people are invented, and no real mail passes it")


@demo_only
@require_safe
def arrival_list(request):
    to = request.GET.get("to", "")[:254]
    page = Paginator(mailbox.arrivals(to), 25).get_page(request.GET.get("page"))
    context = {"page": page, "to": to, "now": timezone.now()}
    return render(request, "outbox/mailbox.html", context)


@demo_only
@require_safe
def arrival(request, name):
    context = {"letter": mailbox.open_letter(name), "name": name, "now": timezone.now()}
    return render(request, "outbox/mailbox_letter.html", context)


@demo_only
@require_safe
def arrival_html(request, name):
    return paper.as_page(mailbox.open_letter(name).html)
