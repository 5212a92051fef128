"""What the head of every page shows of the user's work."""

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts import office
from accounts.permissions import Permission
from dashboards.queries import work


def my_work(request):
    """`my_work`: how much waits for the user, None for those without such work; `my_work_late`."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.may(Permission.ACTION_VIEW):
        return {"my_work": None}
    # Asked by pages that show it, once: parts of pages and redirects do not.
    counts = SimpleLazyObject(lambda: work.count(user, office.local_date(timezone.now())))
    return {
        "my_work": SimpleLazyObject(lambda: counts[0]),
        "my_work_late": SimpleLazyObject(lambda: counts[1]),
    }
