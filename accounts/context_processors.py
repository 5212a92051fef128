"""What every page shows around its content."""

from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts import office as offices
from accounts.permissions import Permission, Role
from accounts.vocabulary import words


def office(request):
    """`office`: the profile; `words`: the chosen vocabulary."""
    return {"office": SimpleLazyObject(offices.current), "words": SimpleLazyObject(words)}


def navigation(request):
    """`nav`: the places that the user's role opens, the current one marked."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": []}
    return {
        "nav": [
            {
                "label": label,
                "url": url,
                "icon": icon,
                "current": request.path == url or (url != "/" and request.path.startswith(url)),
            }
            for label, url, icon in _places(user)
        ],
        "may_log": user.may(Permission.MEETING_LOG),
        "is_representative": user.role == Role.REPRESENTATIVE,
    }


def _places(user):
    places = [
        (None, _("Home"), "dashboards:home", "home"),
        (Permission.AGENCY_VIEW, words().Agencies, "dashboards:agency_list", "agencies"),
        (Permission.WAVE_VIEW, _("Surveys"), "surveys:wave_list", "surveys"),
        (Permission.CONCERN_VIEW, _("Concerns"), "feedback:concern_list", "concerns"),
        (Permission.ACTION_VIEW, _("Actions"), "feedback:action_list", "actions"),
        (Permission.OUTBOX_VIEW, _("Outbox"), "outbox:list", "outbox"),
        (Permission.OFFICE_EDIT, _("Office"), "accounts:office", "office"),
        (Permission.ADMIN_SITE, _("Admin"), "admin:index", "admin"),
    ]
    return [
        (label, reverse(name), icon)
        for permission, label, name, icon in places
        if permission is None or user.may(permission)
    ]
