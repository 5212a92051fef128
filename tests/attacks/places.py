"""Every address of the portal for a world, found by walking what there is."""

from django.contrib import admin
from django.urls import NoReverseMatch, get_resolver, reverse

from tests.doors.table import DOORS


def door_addresses(world):
    """Name → address of each of our own pages."""
    return {name: reverse(name, kwargs=door.kwargs(world)) for name, door in DOORS.items()}


def account_addresses():
    """The pages of sign-in and its second factor that name no row and no key."""
    names = [
        name
        for name in get_resolver().reverse_dict
        if isinstance(name, str) and name.startswith(("account_", "mfa_"))
    ]
    return [address for name in names if (address := plain(name))]


def plain(name):
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def admin_addresses():
    """The admin site's own pages, and for each of its tables the list, the form for a new row,
    and the form and the history of its first row."""
    found = [reverse("admin:index")]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found += [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
        row = model._default_manager.order_by("pk").first()
        if row is not None:
            found += [reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "history")]
    return found
