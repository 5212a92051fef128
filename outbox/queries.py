"""Reads for the pages of the outbox, and for whoever asks whether the portal works."""

from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from accounts.models import User
from crm_portal.corrections import TOLERANCE
from crm_portal.tick import STEPS
from outbox.models import Heartbeat, Letter

TICK_IS_LATE = timedelta(minutes=3)
LETTER_IS_LATE = timedelta(minutes=5)
# So long a letter that was given up stands above the list. Nobody has to tidy it up.
REFUSED_LATELY = timedelta(days=30)
SENDING = "outbox.services.sending.send_due"
State = Letter.State


def counts(now):
    """How many letters wait, are overdue, need a decision or were refused lately."""
    return Letter.objects.filter(_of_interest(now)).aggregate(
        waiting=Count("pk", filter=Q(state__in=Letter.UNSETTLED)),
        due=Count("pk", filter=Q(state__in=Letter.UNSETTLED, next_try_at__lte=now)),
        parked=Count("pk", filter=Q(state=State.PARKED)),
        refused=Count("pk", filter=Q(state=State.FAILED)),
    )


def _of_interest(now):
    """Each alternative has its index, so that the many that arrived are not looked at."""
    return Q(state__in=Letter.UNSETTLED) | Q(state=State.PARKED) | _refused(now)


def parked(limit=20):
    """Letters that need a decision, the newest first."""
    return Letter.objects.filter(state=State.PARKED).order_by("-planned_at")[:limit]


def refused(now, limit=20):
    """Letters that were given up lately, the newest first."""
    return Letter.objects.filter(_refused(now)).order_by("-done_at")[:limit]


def _refused(now):
    return Q(state=State.FAILED, done_at__gt=now - REFUSED_LATELY)


def trouble():
    """Why the last attempt to send anything failed; "" when it did not."""
    beat = Heartbeat.objects.filter(step=SENDING).first()
    return beat.error if beat else ""


# ---- The history of one letter -------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One line of a timeline."""

    icon: str
    tone: str
    what: str
    when: object
    who: str = ""
    text: str = ""


def history(letter):
    """What became of the letter, the oldest first."""
    entries = [Entry("outbox", "", _("Promised"), letter.planned_at)]
    events = list(letter.events.select_related("pgh_context").order_by("pgh_id"))
    names = _names(events)
    entries += [_entry(event, names) for event in events]
    if letter.handed_at:
        entries.append(Entry("mail", "", _("Handed to the mail server"), letter.handed_at))
    if letter.state == State.SENT:
        entries.append(Entry("check", "good", _("Taken by the mail server"), letter.done_at))
    return sorted(entries, key=attrgetter("when"))


def _entry(event, names):
    what, icon, tone = {
        State.QUEUED: (_("Put back: waits for another try"), "clock", "watch"),
        State.CANCELLED: (_("Not sent"), "x", ""),
        State.FAILED: (_("Given up"), "warning", "risk"),
        State.PARKED: (_("Parked until somebody decides"), "warning", "risk"),
    }[event.state]
    who = names.get(_user_of(event), "")
    if who and event.state == State.QUEUED:
        what = _("Sent again by a person's decision")
    return Entry(icon, tone, what, event.pgh_created_at, who, event.reason)


def _names(events):
    users = {_user_of(event) for event in events} - {None}
    return dict(User.objects.filter(pk__in=users).values_list("pk", "name")) if users else {}


def _user_of(event):
    return event.pgh_context.metadata.get("user") if event.pgh_context else None


# ---- Does it work? -------------------------------------------------------------------------------


def health(now):
    """How long ago everything was last looked after, how late the oldest due letter is, and how
    far the clock of whoever looked was ahead of this one: then no figure here means anything."""
    beats = dict(Heartbeat.objects.values_list("step", "last_ok_at"))
    last = [at for step in STEPS if (at := beats.get(step)) is not None]
    tick = max(now - min(last), timedelta(0)) if len(last) == len(STEPS) else None
    ahead = max([at - now for at in last] + [timedelta(0)])
    oldest = Letter.objects.unsettled().aggregate(at=Min("next_try_at"))["at"]
    late = max(now - oldest, timedelta(0)) if oldest else timedelta(0)
    return {
        "ok": (
            tick is not None
            and tick <= TICK_IS_LATE
            and late <= LETTER_IS_LATE
            and ahead <= TOLERANCE
        ),
        "database": True,
        "last_tick_seconds": None if tick is None else int(tick.total_seconds()),
        "oldest_due_letter_seconds": int(late.total_seconds()),
        "last_tick_ahead_seconds": int(ahead.total_seconds()),
    }
