"""Every outgoing message as a row: promised, claimed, sent or not sent, and why."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission
from crm_portal.letters import KINDS

# The page of what a letter is about, by the first part of its subject.
PAGES = {"action": "feedback:action", "concern": "feedback:concern"}


class LetterQuerySet(models.QuerySet):
    def visible_to(self, user):
        """All or nothing: letters go to people of every agency."""
        return self if user.may(Permission.OUTBOX_VIEW) else self.none()

    def unsettled(self):
        """Promised, and neither sent nor given up."""
        return self.filter(state__in=Letter.UNSETTLED)

    def to(self, addresses):
        """To one of these addresses, which are in lower case: mailboxes do not tell cases apart."""
        return self.alias(address=Lower("recipient")).filter(address__in=addresses)

    def to_dead_addresses(self, addresses):
        """Refused for good because of the address itself, not of the letter or of us; the oldest
        first. The server says so by 5.1.x, or when it has not even seen the letter."""
        by_code = Q(reason__regex=r"^5\d\d 5\.1\.([012346]|10)\M")
        at_once = Q(reason__regex=r"^55[013] (?!5\.\d)", handed_at=None)
        rows = self.to(addresses).filter(by_code | at_once, state=Letter.State.FAILED)
        return rows.order_by("done_at")

    def about(self, purpose, subjects):
        return self.filter(purpose=purpose, subject__in=subjects)


# History is kept of what is out of the ordinary (another try, a refusal, a decision of a person):
# the four rows of each letter that simply arrives would double the cost of sending it.
@pghistory.track(
    pghistory.UpdateEvent(
        condition=pgtrigger.Q(new__state__in=["queued", "cancelled", "failed", "parked"])
        & (
            pgtrigger.Q(old__state__df=pgtrigger.F("new__state"))
            | pgtrigger.Q(old__attempt__df=pgtrigger.F("new__attempt"))
        )
    ),
    pghistory.DeleteEvent(),
    fields=["state", "reason", "attempt", "next_try_at"],
    model_name="LetterEvent",
    obj_field=pghistory.ObjForeignKey(related_name="events"),
    append_only=True,
)
class Letter(models.Model):
    """One promise to write to one address. The unique row is what makes it one letter."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        CLAIMED = "claimed", _("being sent")
        HANDING = "handing", _("being handed over")
        SENT = "sent", _("sent")
        CANCELLED = "cancelled", _("not sent")
        FAILED = "failed", _("refused")
        PARKED = "parked", _("needs a decision")

    UNSETTLED = ("queued", "claimed", "handing")

    purpose = models.CharField(_("purpose"), max_length=20)
    subject = models.CharField(_("about"), max_length=60, help_text="model:pk")
    kind = models.CharField(_("kind"), max_length=20)
    seq = models.PositiveIntegerField(_("number"), default=0)
    recipient = models.EmailField(_("to"))
    recipient_name = models.CharField(_("name"), max_length=120, blank=True)
    details = models.JSONField(default=dict, help_text=_("Facts for the letter; never a secret."))
    planned_at = models.DateTimeField(_("promised"))
    due_at = models.DateTimeField(_("due"))
    next_try_at = models.DateTimeField(_("next try"))
    # When `next_try_at` was last decided; empty as long as that is as it was promised.
    rescheduled_at = models.DateTimeField(null=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    attempt = models.PositiveSmallIntegerField(_("tries"), default=0)
    # The session advisory lock that the sending process holds while it lives.
    sender = models.BigIntegerField(null=True)
    lease_until = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=200, unique=True)
    headline = models.CharField(_("subject line"), max_length=300, blank=True)
    body = models.TextField(
        _("text"), blank=True, help_text=_("As it was sent; where links lead to is taken out.")
    )
    handed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(_("settled"), null=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-due_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "subject", "kind", "seq"], name="each_letter_promised_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "claimed", "handing"], done_at=None)
                | Q(state__in=["sent", "cancelled", "failed"], done_at__isnull=False)
                | Q(state="parked"),
                name="settled_letters_say_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["cancelled", "failed", "parked"]) | ~Q(reason=""),
                name="unsent_letters_say_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"],
                condition=Q(state__in=["queued", "claimed", "handing"]),
                name="letters_due",
            ),
            models.Index(
                fields=["-planned_at"], condition=Q(state="parked"), name="letters_parked"
            ),
            models.Index(fields=["-done_at"], condition=Q(state="failed"), name="letters_failed"),
            models.Index(Lower("recipient"), "done_at", name="letters_by_address"),
            models.Index(fields=["-due_at", "-id"], name="letters_in_order"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="letter_states",
                field="state",
                transitions=[
                    ("queued", "claimed"),
                    ("queued", "cancelled"),
                    ("queued", "failed"),
                    ("claimed", "queued"),
                    ("claimed", "handing"),
                    ("claimed", "cancelled"),
                    ("claimed", "failed"),
                    ("handing", "sent"),
                    ("handing", "queued"),
                    ("handing", "failed"),
                    ("handing", "parked"),
                    ("parked", "queued"),
                    ("parked", "cancelled"),
                    ("parked", "sent"),
                    ("failed", "queued"),
                    # What the end of a wave has stopped is wanted again when the wave goes on.
                    ("cancelled", "queued"),
                ],
            )
        ]

    @property
    def title(self):
        """What kind of letter it is, in words."""
        kind = KINDS.get((self.purpose, self.kind))
        return kind.title if kind else f"{self.purpose} {self.kind}"

    @property
    def page(self):
        """The address of what it is about; "" where that has no page. `details` may name one."""
        own = self.details.get("page", "")
        if own.startswith("/"):
            return own
        model, _colon, pk = self.subject.partition(":")
        return reverse(PAGES[model], args=[pk]) if model in PAGES else ""

    @property
    def is_by_hand(self):
        """Whether a person has decided that it is sent, whatever stood against it."""
        return bool(self.details.get("by_hand"))

    def __str__(self):
        return f"{self.purpose}/{self.kind} {self.seq} → {self.recipient}"


class Heartbeat(models.Model):
    """When a step of the tick last ran, and what went wrong."""

    step = models.CharField(max_length=100, primary_key=True)
    last_run_at = models.DateTimeField()
    last_ok_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    def __str__(self):
        return self.step
