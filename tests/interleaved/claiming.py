"""Letters to a few people, claimed by senders at once, and how many each person gets in a day."""

from collections import Counter
from functools import partial

from django.conf import settings

from accounts import office
from outbox.models import Letter
from outbox.services import claims, marks, planning
from tests import factories

SENDERS = ["claim", "claim_one", "claim_and_send"]
PEOPLE = ["ann@dot.example", "bob@dot.example", "cleo@dot.example"]


class Claiming:
    """Two or three letters that can wait to each person, in another order for each schedule."""

    def __init__(self, random):
        office.forget()
        self.random, self.now = random, factories.NOW
        Letter.objects.all().delete()
        # A mail program writes the first letter of an address large, and it is the same mailbox.
        letters = [
            random.choice([person, person.capitalize()])
            for person in PEOPLE
            for _number in range(random.randint(2, 3))
        ]
        random.shuffle(letters)
        planning.plan_many(
            letters=[
                {"purpose": "test", "subject": f"thing:{number}", "kind": "patient",
                 "recipient": recipient}
                for number, recipient in enumerate(letters)
            ],
            now=self.now,
        )  # fmt: skip

    # ---- What may happen at once --------------------------------------------------------------

    def claim(self):
        return partial(self._claim, self.random.randint(2, 9))

    def claim_one(self):
        return partial(self._claim, 1)

    def claim_and_send(self):
        return partial(self._send, self.random.randint(1, 4))

    def _claim(self, limit):
        return claims.claim(sender=limit, limit=limit, now=self.now) or []

    def _send(self, limit):
        for letter, _message in self._claim(limit):
            marks.hand_over(letter, headline="Hello", body="", now=self.now)
            marks.sent(letter, now=self.now)

    # ---- What must hold afterwards ------------------------------------------------------------

    def differences(self):
        cap = settings.OUTBOX_DAILY_CAP
        going = Counter(
            letter.recipient.lower()
            for letter in Letter.objects.filter(state__in=["claimed", "handing", "sent"])
        )
        wrong = [f"{who} gets {count} letters today" for who, count in going.items() if count > cap]
        later = Letter.objects.filter(state="queued", next_try_at__gt=self.now)
        put_off = {letter.recipient.lower() for letter in later}
        return wrong + [f"{who} gets none today" for who in put_off - going.keys()]
