"""Changes to the office's profile and to users' own profiles."""

from accounts import office
from accounts.history import service
from accounts.models import Holiday, Office
from crm_portal.lib.versions import save_if_unchanged


@service
def update_office(*, changes, holidays, seen_version, by):
    """Write the profile's changed fields and replace the holidays (date → name).

    Raises StaleRecord when somebody saved the profile since `seen_version`.
    """
    row, _created = Office.objects.select_for_update().get_or_create(pk=1)
    for name, value in changes.items():
        setattr(row, name, value)
    save_if_unchanged(row, seen_version=seen_version, fields=list(changes))
    Holiday.objects.exclude(date__in=holidays).delete()
    for date, name in holidays.items():
        Holiday.objects.update_or_create(date=date, defaults={"name": name})
    office.forget()
    return row


@service
def update_profile(*, user, changes, seen_version, by):
    """Write fields of a user's own profile.

    Raises StaleRecord when somebody, like the office's staff, saved it since `seen_version`.
    """
    for name, value in changes.items():
        setattr(user, name, value)
    save_if_unchanged(user, seen_version=seen_version, fields=list(changes))


@service
def choose_theme(*, user, theme, by):
    """Light or dark: nothing that anybody else could be editing."""
    user.theme = theme
    user.save(update_fields=["theme"])
