"""When the letters of an invitation go out. Pure functions of its facts, the calendar and now."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One letter of a wave: number 0 invites, the last asks the liaison to phone."""

    seq: int
    kind: str
    due_at: dt.datetime


def steps(*, invited_at, reminder_days, calendar):
    """Every step of an invitation, in order.

    Days count from the day on which the invitation's letter goes out. A step that falls on a
    day without office hours waits for the next one with; letters leave when the office opens.
    """
    first = calendar.next_opening(invited_at)
    start = calendar.local_date(first)
    plan = [Step(0, "invitation", first)]
    for seq, days in enumerate(sorted(reminder_days), start=1):
        kind = "phone" if seq == len(reminder_days) else "reminder"
        plan.append(Step(seq, kind, _opening_on_or_after(start + dt.timedelta(days), calendar)))
    return plan


def due_step(*, invited_at, reminder_days, calendar, now):
    """The last step whose time has come: the only one that is still worth sending.

    None while not even the invitation is due.
    """
    due = [
        step
        for step in steps(invited_at=invited_at, reminder_days=reminder_days, calendar=calendar)
        if step.due_at <= now
    ]
    return due[-1] if due else None


def _opening_on_or_after(date, calendar):
    if not calendar.is_business_day(date):
        date = calendar.add_business_days(date, 1)
    return calendar.opening(date)
