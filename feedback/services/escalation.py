"""Reminders before an action is due, and the ladder after."""

from accounts import office
from accounts.history import service
from crm_portal.lib import locks
from crm_portal.lib.locks import Rule
from feedback import ladder
from feedback.models import Action, Rung
from feedback.services import chain
from outbox.models import Letter
from outbox.services import planning


def remind_before_due(*, now):
    """Remind each owner once of each due date. Returns how many letters were planned.

    A note or another sign of life does not bring a second reminder of the same date.
    """
    return _remind(now=now) if _due_soon(now) else 0


@service
def _remind(*, now):
    # Two ticks at once, with a note between them, would not see each other's letters.
    locks.hold(Rule.DUE_SOON)
    actions = _due_soon(now)
    reminded = set(
        Letter.objects.about("action", [f"action:{action.pk}" for action in actions])
        .filter(kind="due_soon")
        .exclude(state__in=[Letter.State.CANCELLED, Letter.State.FAILED])
        .values_list("subject", "recipient", "details__due_on")
    )
    letters = [
        letter
        for letter in (_reminder(action) for action in actions)
        if (letter["subject"], letter["recipient"], letter["details"]["due_on"]) not in reminded
    ]
    return planning.plan_many(letters=letters, now=now)


def _due_soon(now):
    calendar, days_before = office.calendar(), office.current().remind_days_before
    today = calendar.local_date(now)
    # A weekend or holiday moves the last day; two more business days hold any of it.
    horizon = calendar.add_business_days(today, days_before + 2)
    past = calendar.late_before(today)
    due = Action.objects.open().filter(due_on__range=(past, horizon), owner__is_active=True)
    return [
        action
        for action in due.select_related("owner")
        if ladder.is_time_to_remind(
            due_on=action.due_on, calendar=calendar, days_before=days_before, now=now
        )
    ]


def _reminder(action):
    return {
        "purpose": "action",
        "subject": f"action:{action.pk}",
        "kind": "due_soon",
        "seq": action.cycle,
        "recipient": action.owner.email,
        "recipient_name": action.owner.name,
        "details": {"due_on": action.due_on.isoformat()},
    }


def climb(*, now):
    """Record every rung that an overdue action has reached; announce only the highest new one.

    Returns how many were announced. Safe to miss, to repeat and to run twice at once.
    """
    waiting = Action.objects.overdue(office.local_date(now)).select_related(None)
    announced = 0
    recorded = _recorded_levels(waiting)
    for action in waiting:
        if _levels_to_record(action, recorded.get((action.pk, action.cycle), ()), now):
            announced += climb_one(action=action, now=now)
    return announced


def _recorded_levels(actions):
    levels: dict[tuple[int, int], set[int]] = {}
    rungs = Rung.objects.filter(action__in=actions.values("pk"))
    for action_id, cycle, level in rungs.values_list("action_id", "cycle", "level"):
        levels.setdefault((action_id, cycle), set()).add(level)
    return levels


def _levels_to_record(action, recorded, now):
    reached = ladder.level_at(
        due_on=action.due_on,
        last_activity_at=action.last_activity_at,
        calendar=office.calendar(),
        rung_days=office.current().rung_days,
        now=now,
    )
    return ladder.climb(reached=reached, recorded=recorded)


@service
def climb_one(*, action, now):
    """Climb one action's ladder, under its lock. Returns whether somebody is told."""
    rows = Action.objects.open().select_for_update(skip_locked=True)
    action = rows.filter(pk=action.pk).first()
    if action is None:
        return False
    recorded = set(action.rungs.filter(cycle=action.cycle).values_list("level", flat=True))
    levels = _levels_to_record(action, recorded, now)
    if not levels:
        return False
    rungs = [
        Rung(action=action, cycle=action.cycle, level=level, reached_at=now) for level in levels
    ]
    rungs[-1].told = chain.teller_for(level=rungs[-1].level, action=action)
    Rung.objects.bulk_create(rungs)
    return rungs[-1].told is not None and _announce(rungs[-1], now)


def _announce(rung, now):
    return planning.plan(
        purpose="action",
        subject=f"action:{rung.action_id}",
        kind="escalation",
        seq=rung.seq,
        recipient=rung.told.email,
        recipient_name=rung.told.name,
        details={"cycle": rung.cycle, "level": rung.level},
        now=now,
    )
