"""What waits for one user."""

from itertools import groupby
from operator import attrgetter

from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils.text import capfirst

from accounts import office
from accounts.permissions import Permission, Role
from accounts.readers import Reader
from agencies.models import Agency, Assignment
from crm_portal.lib.worded import worded_once
from feedback.models import Action, Concern, Rung, was_due_before
from feedback.queries import lists

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
    found = _waiting(Reader.of(user), today, late_before=office.calendar().late_before(today))
    return len(found), sum(is_late for _kind, is_late in found)


@worded_once
def _waiting(reader, today, *, late_before):
    is_late = Case(When(was_due_before(late_before), then=True), default=False)
    actions = own_actions(reader.user).order_by().values_list(Value("action"), is_late)
    waiting = concerns_to_dispose(reader.user, today).order_by()
    return actions.union(waiting.values_list(Value("concern"), Value(False)), all=True)


def by_due(actions, today):
    """[(heading, actions)]: overdue, this week, later; empty groups are left out."""
    ordered = lists.with_group(actions, today).order_by("due_on", "pk")
    titles = dict(lists.GROUPS)
    return [
        (capfirst(titles[key]), list(group))
        for key, group in groupby(ordered, key=attrgetter("group"))
    ]


def taken_to(user):
    """Open actions of others that climbed to the user in their present cycle."""
    told = Rung.objects.filter(action=OuterRef("pk"), cycle=OuterRef("cycle"), told=user)
    actions = Action.objects.visible_to(user).open().exclude(owner=user).filter(Exists(told))
    return actions.select_related("agency", "owner").order_by("due_on", "pk")


def mine(user, *, now):
    """Everything on the page "My work"; `total` is the number in the head of every page."""
    today = office.local_date(now)
    groups = by_due(own_actions(user).select_related("agency"), today)
    waiting = concerns_to_dispose(user, today).select_related("agency", "raised_by")
    concerns = list(waiting.order_by("raised_at", "pk"))
    return {
        "groups": groups,
        "concerns": concerns,
        "total": sum(len(actions) for _heading, actions in groups) + len(concerns),
        "taken": list(taken_to(user)),
    }
