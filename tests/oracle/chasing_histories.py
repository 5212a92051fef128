"""Random histories of an office that chases its actions."""

from tests.oracle.chasing import COLLEAGUES, OWNERS, RAISED, Event, World
from tests.oracle.offices import random_instant, random_office, random_ticks
from tests.oracle.wall_clock import DAY

DAYS, MORE = 40, 60
# Actions that share an office and its ticks.
TOGETHER = 25
# The day from which on there is a mail server; mostly there is none, for letters take long.
MAIL_FROM = [*[DAYS] * 8, 8, 20]

HAPPENINGS = [*["note"] * 5, *["new_date"] * 3, *["hand_over"] * 3, "done", "done", "dropped"]


def random_world(random, together=TOGETHER, mail_from=MAIL_FROM):
    office = random_office(random, days=DAYS, more=MORE)
    events = office_events(random, office, mail_from)
    for number in range(together):
        events += action_events(random, office, number)
    return World(
        office=office,
        rung_days=random.randint(1, 5),
        days_before=random.randint(0, 4),
        owners=random.choices(OWNERS, k=together),
        dues=[office.first + random.randrange(11, 25) * DAY for _ in range(together)],
        begins_at=random_instant(random, office, 6, 8),
        # What happens at the same instant as a tick comes before it.
        events=sorted(events, key=lambda event: (event.at, event.what.startswith("tick"))),
    )


def office_events(random, office, mail_from):
    """Ticks, people who leave, and sometimes a holiday that nobody had thought of. The mail
    server is there from some day on, or never."""
    has_mail_from = office.first + random.choice(mail_from) * DAY
    ticks = random_ticks(random, office, first=8, last=DAYS, most=14)
    leavers = random.sample(list(COLLEAGUES), random.choice([0, 0, 1, 2, 3]))
    events = [
        *(Event(at, "tick_with_mail" if at.date() >= has_mail_from else "tick") for at in ticks),
        *(Event(random_instant(random, office, 8, 30), "leaves", who=name) for name in leavers),
    ]
    if random.random() < 0.3:
        at, day = random_instant(random, office, 10, 25), random.randrange(10, 30)
        events.append(Event(at, "new_holiday", date=office.first + day * DAY))
    return events


def action_events(random, office, number):
    """Nobody works on what is done or dropped; what is done may come back as not fixed. Some
    of the rest is refused: a date that has passed or is the same, an owner who has left."""
    events, state = [], "open"
    moments = [random_instant(random, office, 8, 35) for _ in range(random.randrange(4))]
    for at in sorted(moments):
        if state == "dropped" or (state == "done" and number >= RAISED):
            break
        what = "not_fixed" if state == "done" else random.choice(HAPPENINGS)
        state = what if what in {"done", "dropped"} else "open"
        date = office.date(at) + random.randrange(-1, 13) * DAY
        events.append(Event(at, what, number, who=random.choice(OWNERS), date=date))
    return events
