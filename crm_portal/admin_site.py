"""The admin site: Django's own, for the portal's rows alone, but for what it takes on trust from an
address or a form.

Checked here, for every registered table, so that none of them can forget it.
"""

import functools

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _

log = structlog.get_logger(__name__)


class PortalAdminConfig(AdminConfig):
    default_site = "crm_portal.admin_site.PortalAdminSite"


class PortalAdminSite(AdminSite):
    """Answers a selection, a filter or a choice that no form of it sends in words."""

    def register(self, model_or_iterable, admin_class=None, **options):
        """Pages that packages bring along stay out: nobody has looked at what they show or write.
        What staff need of such rows is an action of ours."""
        models = (
            model_or_iterable
            if isinstance(model_or_iterable, list | tuple)
            else [model_or_iterable]
        )
        ours = [model for model in models if model._meta.app_label in settings.PORTAL_APPS]
        super().register(ours, admin_class, **options)

    def password_change(self, request, extra_context=None):
        """On the portal's own page, which counts wrong ones and writes a letter."""
        return redirect("account_change_password")

    def admin_view(self, view, cacheable=False):
        owner = getattr(view, "__self__", None)
        if isinstance(owner, ModelAdmin) and view.__name__ == "changelist_view":
            view = _with_readable_selection(_with_readable_filters(view), owner.model)
        return super().admin_view(view, cacheable)

    def autocomplete_view(self, request):
        return ChoicesView.as_view(admin_site=self)(request)


def _with_readable_selection(view, model):
    """Django puts what was ticked into a query as it came; a key that no row can have would break
    it. The list says so instead."""

    @functools.wraps(view)
    def checked(request, *args, **kwargs):
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME) if request.method == "POST" else []
        if all(_is_key(model, text) for text in ticked):
            return view(request, *args, **kwargs)
        messages.error(request, _("This selection cannot be read. Choose rows in the list again."))
        return HttpResponseRedirect(request.get_full_path())

    return checked


def _is_key(model, text):
    key = model._meta.pk
    while key.remote_field is not None:
        key = key.target_field
    try:
        key.run_validators(key.to_python(text))
    except ValidationError:
        return False
    return "\0" not in text


def _with_readable_filters(view):
    """Django leads to the plain list when a filter cannot be read, but meets some values only while
    it asks the database or draws: a NUL, the year -1, the month after the last."""

    @functools.wraps(view)
    def checked(request, *args, **kwargs):
        plain = HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        if _has_nul(request.GET):
            return plain
        try:
            answer = view(request, *args, **kwargs)
            return answer.render() if hasattr(answer, "render") else answer
        except (ValueError, OverflowError) as error:
            if not request.GET.keys() - {ERROR_FLAG}:
                raise
            log.warning("admin_filter_unreadable", path=request.path, reason=repr(error))
            return plain

    return checked


def _has_nul(sent):
    return any("\0" in text for name in sent for text in [name, *sent.getlist(name)])


class ChoicesView(AutocompleteJsonView):
    """The rows to choose from in a field."""

    def process_request(self, request):
        if _has_nul(request.GET):
            raise BadRequest
        term, model_admin, field, to_field = super().process_request(request)
        # The way back from another table is no field that anybody fills in.
        if field.auto_created and not field.concrete:
            raise PermissionDenied
        return term, model_admin, field, to_field
