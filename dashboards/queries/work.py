"""What waits for one user."""

import datetime as dt
from itertools import groupby

from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts import office
from accounts.permissions import Permission, Role
from agencies.models import Agency, Assignment
from feedback.models import Action, Concern, Rung

# Concerns of an agency that nobody looks after wait for these.
HEADS = (Role.CCO, Role.LIAISON_LEAD)


def own_actions(user):
    """Open actions that the user owns."""
    return Action.objects.visible_to(user).open().filter(owner=user)


def concerns_to_dispose(user, today):
    """Undisposed concerns of the agencies that the user is the primary liaison of.

    The heads of the liaisons also get those of agencies without one.
    """
    waiting = Concern.objects.visible_to(user).undisposed()
    if not user.may(Permission.CONCERN_WORK):
        return waiting.none()
    held = Assignment.objects.on(today).primary()
    whose = Q(agency__in=held.filter(user=user).values("agency"))
    if user.role in HEADS:
        whose |= Q(agency__in=Agency.objects.exclude(pk__in=held.values("agency")))
    return waiting.filter(whose)


def count(user, today):
    """(how much waits for the user, how much of it is late), in one statement."""
    actions = (
        own_actions(user)
        .order_by()
        .values_list(Value("action"), Case(When(due_on__lt=today, then=True), default=False))
    )
    concerns = concerns_to_dispose(user, today).order_by().values_list(Value("c"), Value(False))
    found = list(actions.union(concerns, all=True))
    return len(found), sum(is_late for _kind, is_late in found)


def with_rung(actions):
    """Each action with the highest rung of its present cycle; 0 where none was climbed."""
    rungs = Rung.objects.filter(action=OuterRef("pk"), cycle=OuterRef("cycle"))
    return actions.annotate(
        rung=Coalesce(Subquery(rungs.order_by("-level").values("level")[:1]), 0)
    )


def by_due(actions, today):
    """[(heading, actions)]: overdue, this week, later; empty groups are left out."""
    sunday = today + dt.timedelta(days=6 - today.weekday())
    headings = {0: _("Overdue"), 1: _("This week"), 2: _("Later")}

    def place(action):
        return 0 if action.due_on < today else 1 if action.due_on <= sunday else 2

    ordered = sorted(actions, key=lambda action: (action.due_on, action.pk))
    return [(headings[key], list(group)) for key, group in groupby(ordered, key=place)]


def taken_to(user):
    """Open actions of others that climbed to the user in their present cycle."""
    told = Rung.objects.filter(action=OuterRef("pk"), cycle=OuterRef("cycle"), told=user)
    actions = Action.objects.visible_to(user).open().exclude(owner=user).filter(Exists(told))
    return with_rung(actions).select_related("agency", "owner").order_by("due_on", "pk")


def mine(user, *, now):
    """Everything on the page "My work"; `total` is the number in the head of every page."""
    today = office.local_date(now)
    actions = list(own_actions(user).select_related("agency"))
    waiting = concerns_to_dispose(user, today).select_related("agency", "raised_by")
    concerns = list(waiting.order_by("raised_at", "pk"))
    return {
        "groups": by_due(actions, today),
        "concerns": concerns,
        "total": len(actions) + len(concerns),
        "taken": list(taken_to(user)),
    }
