"""Pages that belong to no app: errors, and what is shown without a connection."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.views.decorators.http import require_safe

OFFLINE_FILES = ("build/portal.css", "img/icons.svg", "img/mark.svg", "js/portal.js")


def csrf_failure(request, reason=""):
    return render(request, "csrf.html", status=403)


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
