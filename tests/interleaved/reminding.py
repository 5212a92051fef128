"""An open wave whose reminders are due, what is done at once, and what must hold of its letters."""

import datetime as dt
from functools import partial

from outbox.models import Letter
from surveys.models import Invitation, Response, Wave
from surveys.services import invitations, responses, waves
from tests import factories

PLANNING = ["plan_letters", "plan_later"]
OTHERS = ["revoke", "submit", "write_again", "end_now"]
DAY = dt.timedelta(days=1)


class Reminding:
    """One open wave for each schedule; people were invited at two instants, a week apart."""

    def __init__(self, cast, random):
        self.cast, self.random, self.now = cast, random, factories.NOW
        Wave.objects.open().update(state=Wave.State.ENDED, ended_at=self.now)
        self.wave = factories.WaveFactory(
            questionnaire=cast.rating.questionnaire,
            opens_on=factories.TODAY - 16 * DAY,
            opened_at=self.now - 16 * DAY,
        )
        # Who was invited earlier comes first, or last.
        days = random.choice([[14, 7], [7, 14]])
        self.invitations = [
            factories.InvitationFactory(
                wave=self.wave,
                person=person,
                invited_at=self.now - days[number >= 2] * DAY,
                revoked_at=self.now if random.random() < 0.2 else None,
            )
            for number, person in enumerate(cast.people[:4])
        ]
        if random.random() < 0.5:
            invitations.plan_letters(now=self.now - random.randint(1, 8) * DAY)

    # ---- What may happen at once --------------------------------------------------------------

    def plan_letters(self):
        return partial(invitations.plan_letters, now=self.now)

    def plan_later(self):
        """A tick that comes when more is due already: a step later for some, the last for all."""
        return partial(invitations.plan_letters, now=self.now + self.random.choice([7, 14]) * DAY)

    def revoke(self):
        return self._with_one(invitations.revoke, by=None)

    def submit(self):
        answers = {self.cast.rating.pk: {"number": 4}}
        return self._with_one(responses.submit, answers=answers)

    def write_again(self):
        return self._with_one(invitations.write_again, by=None)

    def end_now(self):
        return partial(waves.end_now, wave=self.wave, by=None, now=self.now)

    def _with_one(self, service, **said):
        invitation = self.random.choice(self.invitations)
        return partial(service, invitation=invitation, now=self.now, **said)

    # ---- What must hold afterwards ------------------------------------------------------------

    def differences(self):
        self.wave.refresh_from_db()
        rows = Invitation.objects.filter(wave=self.wave)
        letters = {f"invitation:{row.pk}": [] for row in rows}
        for letter in Letter.objects.about("survey", list(letters)).order_by("seq"):
            letters[letter.subject].append(letter)
        sent = Response.objects.filter(wave=self.wave).exclude(submitted_at=None)
        answered = set(sent.values_list("invitation", flat=True))
        wrong = []
        for row in rows:
            own = letters[f"invitation:{row.pk}"]
            is_asked = row.pk not in answered and row.revoked_at is None
            wrong += step_is_kept(row, own)
            # When the wave has ended, each letter finds by itself that it is not wanted.
            if self.wave.state == Wave.State.OPEN:
                wrong += newest_waits(row, own) if is_asked else nothing_waits(row, own)
        return wrong


def steps(letters):
    return [letter for letter in letters if letter.kind in {"reminder", "phone"}]


def step_is_kept(row, letters):
    newest = max((letter.seq for letter in steps(letters)), default=0)
    if row.planned_step == newest:
        return []
    return [f"invitation {row.pk}: step {row.planned_step} is kept, {newest} is in the ledger"]


def newest_waits(row, letters):
    """Of the steps, exactly the newest goes out: nobody has taken another's fresh one back."""
    states = [letter.state for letter in steps(letters)]
    right = ["cancelled"] * (len(states) - 1) + ["queued"] * bool(states)
    return [] if states == right else [f"invitation {row.pk}: its steps are {states}"]


def nothing_waits(row, letters):
    waiting = [f"{x.kind} {x.seq}" for x in letters if x.state == "queued" and x.kind != "thanks"]
    return [f"invitation {row.pk}, answered or taken back: {waiting} wait"] if waiting else []
