"""How late an action is: pure functions of its facts, the office's calendar and now.

Nothing is stored about "the next time": a tick that was missed, repeated or late finds the same
level as one on the minute.
"""

TOP = 4


def last_day(due_on, calendar):
    """The due date, or the next business day when the office is closed on it."""
    if calendar.is_business_day(due_on):
        return due_on
    return calendar.add_business_days(due_on, 1)


def level_at(*, due_on, last_activity_at, calendar, rung_days, now):
    """0 while the action is in time, then 1 to 4.

    The due day itself belongs to the owner: level 1 begins after its closing time, each further
    level `rung_days` business days later, at closing time. A sign of life after the due date
    buys `rung_days` business days, then the ladder begins at 1 again.
    """
    first = last_day(due_on, calendar)
    if last_activity_at > calendar.closing(first):
        since = calendar.local_date(calendar.next_opening(last_activity_at))
        first = calendar.add_business_days(since, rung_days)
    level = 0
    while level < TOP and now > calendar.closing(first):
        level += 1
        first = calendar.add_business_days(first, rung_days)
    return level


def climb(*, reached, recorded):
    """The levels to record now, lowest first. Only the last of them is announced."""
    return [level for level in range(1, reached + 1) if level not in recorded]


def is_time_to_remind(*, due_on, calendar, days_before, now):
    """Whether a reminder before the due date is due: from the office's opening `days_before`
    business days earlier until closing time of the due date."""
    until = last_day(due_on, calendar)
    since = calendar.add_business_days(until, -days_before)
    return calendar.opening(since) <= now <= calendar.closing(until)
