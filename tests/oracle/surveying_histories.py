"""Random histories of an office that asks people."""

from tests.oracle.offices import random_instant, random_office, random_ticks
from tests.oracle.surveying import CALLERS, Event, World
from tests.oracle.wall_clock import DAY

DAYS, MORE = 45, 60
# People who share a wave and its ticks.
TOGETHER = 40

HAPPENINGS = [*["answers"] * 6, "drafts", "leaves", "moves", "written_again", "taken_back"]
AWAY = [(0, 0), (0, 0), (0, 0), (11, 20), (18, 40)]


def random_world(random, together=TOGETHER):
    office = random_office(random, days=DAYS, more=MORE)
    opens, days = random.randrange(9, 15), random.randrange(6, 27)
    steps = random.sample(range(1, days + 1), random.choice([0, 1, 2, 3, 3, 4]))
    events = office_events(random, office)
    for number in range(together):
        events += person_events(random, office, number)
    return World(
        office=office,
        opens_on=office.first + opens * DAY,
        closes_on=office.first + (opens + days) * DAY,
        reminder_days=steps,
        places=random.choices(list(CALLERS), k=together),
        # What happens at the same instant as a tick comes before it.
        events=sorted(events, key=lambda event: (event.at, event.what.startswith("tick"))),
    )


def office_events(random, office):
    """Ticks, and whatever else the office does with the wave. The mail server may be away."""
    events = []
    away_from, away_until = (office.first + day * DAY for day in random.choice(AWAY))
    for at in random_ticks(random, office, first=9, last=DAYS, most=18):
        is_away = away_from <= at.date() <= away_until
        events.append(Event(at, "tick" if is_away else "tick_with_mail"))
    for _ in range(random.choice([0, 0, 1, 2])):
        what = random.choice(["opened_now", "ended_now", "extended", "extended"])
        date = office.first + random.randrange(20, DAYS + 5) * DAY
        events.append(Event(random_instant(random, office, 9, DAYS), what, date=date))
    return events


def person_events(random, office, number):
    events = []
    if random.random() < 0.2:
        at, address = random_instant(random, office, 8, 35), f"joined{number}@there.example"
        events.append(Event(at, "joins", number, address=address))
    for count in range(random.choice([0, 1, 1, 2])):
        at, what = random_instant(random, office, 9, DAYS), random.choice(HAPPENINGS)
        address = random.choice(["", f"new{number}-{count}@there.example"])
        events.append(Event(at, what, number, address=address))
    return events
