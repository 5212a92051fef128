"""How late an action is: pure functions of its facts, the office's calendar and now.

Nothing is stored about "the next time": a tick that was missed, repeated or late finds the same
level as one on the minute.
"""

TOP = 4


def level_at(*, due_on, last_activity_at, calendar, rung_days, now):
    """0 while the action is in time or nobody is in the office yet, then 1 to 4.

    The due day itself belongs to the owner: level 1 begins when the office opens on the next
    business day, each further level `rung_days` business days later. A sign of life after the
    due day buys `rung_days` business days, then the ladder begins at 1 again.
    """
    last = calendar.at_work(due_on)
    if calendar.local_date(last_activity_at) > last:
        since = calendar.local_date(calendar.next_opening(last_activity_at))
        last = calendar.add_business_days(since, rung_days)
    step, level = calendar.add_business_days(last, 1), 0
    while level < TOP and now >= calendar.opening(step):
        level += 1
        step = calendar.add_business_days(step, rung_days)
    return level


def climb(*, reached, recorded):
    """The levels to record now, lowest first. Only the last of them is announced."""
    return [level for level in range(1, reached + 1) if level not in recorded]


def is_time_to_remind(*, due_on, calendar, days_before, now):
    """Whether a reminder before the due date is due: from the office's opening `days_before`
    business days earlier until closing time of the due date."""
    until = calendar.at_work(due_on)
    since = calendar.add_business_days(until, -days_before)
    return calendar.opening(since) <= now <= calendar.closing(until)
