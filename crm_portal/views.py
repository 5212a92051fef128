"""Pages that belong to no app: errors, and what is shown without a connection."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import (
    DisallowedHost,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpResponseBadRequest, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm_portal.lib import resend

OFFLINE_FILES = ("build/portal.css", "img/icons.svg", "img/mark.svg", "js/portal.js")


def csrf_failure(request, reason=""):
    """Offers to send the form once more: often its user has only signed in again meanwhile."""
    fields = resend.fields_of(request) if request.user.is_authenticated else []
    return render(request, "csrf.html", {"fields": fields}, status=403)


def bad_request(request, exception):
    """Rendered without the request: it may be what cannot be read."""
    page = render_to_string("400.html", {"why": _why_bad(exception)})
    return HttpResponseBadRequest(page)


def _why_bad(exception):
    if isinstance(exception, RequestDataTooBig):
        return _("It is larger than 5 MB. Make it shorter, or send it in parts.")
    if isinstance(exception, TooManyFieldsSent | TooManyFilesSent):
        return _("It has more fields than a form of ours can have. Send it in parts.")
    if isinstance(exception, DisallowedHost):
        return _(
            "The portal does not answer at this address. Use the one that stands in our letters."
        )
    return _(
        "Something in it is not as a browser sends it. Go back, reload the page and try again."
    )


def wrong_method(request, response):
    """The same answer with a page in it."""
    response.content = render_to_string("405.html")
    response["Content-Length"] = str(len(response.content))
    return response


def too_many(request):
    return render(request, "wait.html", status=429)


def forbidden(request, exception):
    return render(request, "403.html", status=403)


def not_found(request, exception):
    return render(request, "404.html", status=404)


def server_error(request):
    """Rendered without the request: what the other pages show around may be what broke."""
    context = {"request_id": getattr(request, "request_id", "")}
    return HttpResponseServerError(render_to_string("500.html", context))


@login_not_required
@require_safe
def offline(request):
    """The page that a device shows without a connection. The same for everybody."""
    return render(None, "offline.html")


@login_not_required
@require_safe
def service_worker(request):
    """The script that shows it. It stands at the root, because it answers for what is below it."""
    files = ["/offline/", *(static(name) for name in OFFLINE_FILES)]
    version = hashlib.sha256("".join(files).encode()).hexdigest()[:12]
    context = {"files": files, "version": version}
    return render(None, "sw.js", context, content_type="text/javascript")


# Said by hand: the declarations are in accounts, and imports point down.
offline.access = "public: tells nothing, and is shown without a connection"
service_worker.access = "public: the same for everybody"
