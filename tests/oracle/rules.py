"""The rules of reminding and escalating, read from the beginning each time somebody asks.

The ladder: owner, the owner's lead, chief customer officer, state CIO. The first rung is climbed
when the office opens on the first business day after the due day, each further one so many
business days later; a sign of life buys the same number of days and starts anew.
"""

POSTS = ["owner", "lead", "cco", "cio"]


def rung(*, due_on, last_activity_at, rung_days, office, now):
    """How far up the ladder a late action is: 0 to 4. Every morning is gone through."""
    last, in_peace = office.from_then_on(due_on), 0
    if office.date(last_activity_at) > last:
        # A second chance. The day of the sign of life itself is not one of those that it buys.
        last, in_peace = office.date(office.first_open_moment(last_activity_at)), rung_days
    level = 0
    for morning, date in office.mornings:
        if date <= last:
            continue
        if morning > now:
            break
        if in_peace:
            in_peace -= 1
            continue
        level += 1
        in_peace = rung_days - 1
    return min(level, len(POSTS))


def new_rungs(reached, recorded):
    """The rungs to write down, lowest first: each that was reached and does not stand there."""
    return sorted(set(range(1, reached + 1)) - set(recorded))


def is_time_to_remind(*, due_on, days_before, office, now):
    """From the morning so many business days before the due day until it closes."""
    last = office.from_then_on(due_on)
    first = office.business_days_before(last, days_before)
    return office.openings[first] <= now <= office.closings[last]


def survey_steps(*, invited_at, reminder_days, office):
    """[(number, kind, when)]: the invitation, reminders, and last of all a call."""
    begins = office.first_open_moment(invited_at)
    plan = [(0, "invitation", begins)]
    left = sorted(reminder_days)
    while left:
        days = left.pop(0)
        day = office.from_then_on(_days_later(office.date(begins), days))
        plan.append((len(plan), "reminder" if left else "phone", office.openings[day]))
    return plan


def _days_later(date, count):
    return date.fromordinal(date.toordinal() + count)


def due_survey_step(*, invited_at, reminder_days, office, now):
    """The number of the last step whose time has come; -1 before the first."""
    steps = survey_steps(invited_at=invited_at, reminder_days=reminder_days, office=office)
    return max((number for number, _kind, when in steps if when <= now), default=-1)
