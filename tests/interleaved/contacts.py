"""Meetings of two agencies, what is done to them, and a recount of the last contact and visit."""

import datetime as dt
from functools import partial

from agencies.models import Agency, Meeting, MeetingAgency
from agencies.services import meetings, summaries
from tests import factories

OPERATIONS = ["log", "withdraw", "edit", "rebuild"]
MODES = [Meeting.Mode.AT_AGENCY, Meeting.Mode.PHONE]


class Contacts:
    """Two agencies of their own for each schedule, with two meetings on record."""

    def __init__(self, by, random):
        self.by, self.random, self.now = by, random, factories.NOW
        self.agencies = [factories.AgencyFactory(), factories.AgencyFactory()]
        self.meetings = [
            factories.MeetingFactory(
                at=self._some(), mode=self._mode(), held_at=self._time(), logged_by=by
            )
            for _ in range(2)
        ]
        for agency in self.agencies:
            agency.last_contact_at, agency.last_visit_at = recount(agency)
            agency.save()

    def _some(self):
        return self.random.choice([self.agencies[:1], self.agencies[1:], self.agencies])

    def _mode(self):
        return self.random.choice(MODES)

    def _time(self):
        return self.now - dt.timedelta(days=self.random.randint(0, 5))

    # ---- What may happen at once --------------------------------------------------------------

    def log(self):
        agencies = list(self._some())
        # In the order in which somebody chose them.
        self.random.shuffle(agencies)
        said = {"agencies": agencies, "mode": self._mode(), "held_at": self._time()}
        return partial(meetings.log, **said, by=self.by, now=self.now)

    def withdraw(self):
        return partial(meetings.withdraw, meeting=self._one(), by=self.by, now=self.now)

    def edit(self):
        every = {"held_at": self._time(), "mode": self._mode(), "agencies": self._some()}
        names = self.random.sample(sorted(every), self.random.randint(1, 3))
        return partial(
            meetings.edit, meeting=self._one(), seen_version=1,
            changes={name: every[name] for name in names}, by=self.by, now=self.now,
        )  # fmt: skip

    def rebuild(self):
        return summaries.rebuild

    def _one(self):
        """As a page has read it: each its own."""
        return Meeting.objects.get(pk=self.random.choice(self.meetings).pk)

    # ---- What must be the same afterwards -----------------------------------------------------

    def differences(self):
        return differences(self.agencies)


def differences(agencies):
    """Which of these agencies keep another last contact or visit than a recount finds, and which
    of their meetings another time than the meeting itself."""
    found = [
        (agency, (agency.last_contact_at, agency.last_visit_at), recount(agency))
        for agency in Agency.objects.filter(pk__in=[agency.pk for agency in agencies])
    ]
    found += [
        (place.meeting, place.held_at, place.meeting.held_at)
        for place in MeetingAgency.objects.filter(agency__in=agencies).select_related("meeting")
    ]
    return [
        f"{row!r}: {kept} is kept, {counted} was counted"
        for row, kept, counted in found
        if kept != counted
    ]


def recount(agency):
    """(last contact, last visit), by reading every meeting that was held there."""
    held = [meeting for meeting in agency.meetings.all() if meeting.withdrawn_at is None]
    visits = [meeting for meeting in held if meeting.mode == "at_agency"]
    return tuple(
        max((meeting.held_at for meeting in some), default=None) for some in (held, visits)
    )
