"""The admin site: for the portal's own rows alone."""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.shortcuts import redirect


class PortalAdminConfig(AdminConfig):
    default_site = "crm_portal.admin_site.PortalAdminSite"


class PortalAdminSite(AdminSite):
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
