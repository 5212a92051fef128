"""The first screen, by role."""

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import office
from accounts.access import require, signed_in
from accounts.permissions import Permission, Role
from dashboards import pictures
from dashboards.queries import home as office_home
from dashboards.queries import liaison_home, work


@signed_in
@require_safe
def home(request):
    """The whole office, one's own agencies, or one's own concerns."""
    if request.user.may(Permission.DASHBOARD):
        return _office(request)
    if request.user.role == Role.REPRESENTATIVE:
        return redirect("feedback:own_concerns")
    return _liaison(request)


def _office(request):
    now = timezone.now()
    found = office_home.of_office(request.user, now=now)
    context = {
        "found": found,
        "pictures": pictures.of_office(found),
        "own": list(work.own_actions(request.user).select_related("agency")[:5]),
        "taken": list(work.taken_to(request.user)[:5]),
        **_clock(now),
    }
    return render(request, "dashboards/home_office.html", context)


def _liaison(request):
    now = timezone.now()
    context = {
        "day": liaison_home.of_liaison(request.user, now=now),
        **_clock(now),
    }
    return render(request, "dashboards/home_liaison.html", context)


def _clock(now):
    return {
        "now": now,
        "today": office.local_date(now),
        "hour": timezone.localtime(now).hour,
    }


@require(Permission.ACTION_VIEW)
@require_safe
def my_work(request):
    """Open actions of one's own, and concerns that wait for one's decision."""
    now = timezone.now()
    context = {**work.mine(request.user, now=now), **_clock(now)}
    return render(request, "dashboards/my_work.html", context)


@require(Permission.DASHBOARD)
@require_safe
def topics(request):
    """The heat map of all agencies."""
    now = timezone.now()
    heat = office_home.whole_heat(request.user, now=now)
    context = {"heat": heat, "picture": heat and pictures.heat_map(heat), "now": now}
    return render(request, "dashboards/topics.html", context)
