"""What a person decides about a letter that the portal cannot settle alone."""

from django.utils.translation import gettext as _

from accounts.history import service
from crm_portal.events import publish
from crm_portal.lib.refusals import Refusal
from outbox.models import Letter

State = Letter.State


@service
def send_again(*, letter, by, now):
    """Put a parked or refused letter back among the waiting ones, with all its tries.

    It is asked once more whether it is wanted; that its address was refused before does not stop
    it. Refuses when somebody else has decided already.
    """
    _decide(
        letter,
        [State.PARKED, State.FAILED],
        state=State.QUEUED,
        reason="",
        details=letter.details | {"by_hand": True},
        attempt=0,
        next_try_at=now,
        rescheduled_at=now,
        done_at=None,
        sender=None,
        lease_until=None,
        handed_at=None,
    )
    publish("letters_planned")


@service
def drop(*, letter, reason, by, now):
    """Give a parked letter up, for a reason that colleagues will read."""
    if not reason.strip():
        raise Refusal(_("Say why it is not sent again."))
    _decide(letter, [State.PARKED], state=State.CANCELLED, reason=reason.strip()[:300], done_at=now)


def _decide(letter, states, **values):
    if not Letter.objects.filter(pk=letter.pk, state__in=states).update(**values):
        raise Refusal(_("This letter waits for no decision any more. Look at its history."))
