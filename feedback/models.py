"""Concerns, the actions that answer them, escalation, and the report back."""

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts import office
from accounts.history import tracked
from accounts.models import User
from accounts.vocabulary import term
from agencies.models import Agency, AgencyOwnedQuerySet, Meeting, Person, of_visible_agencies
from surveys.models import Answer


class ConcernQuerySet(AgencyOwnedQuerySet):
    def undisposed(self):
        return self.filter(state=Concern.State.NEW)

    def unsettled(self):
        """Neither declined nor confirmed as fixed."""
        return self.exclude(state__in=[Concern.State.DECLINED, Concern.State.FIXED])

    def in_work(self):
        """Somebody still has something to do about it."""
        work = Action.objects.open().filter(concern=OuterRef("pk"))
        return self.filter(Exists(work), state=Concern.State.IN_ACTION)

    def untold(self):
        """Answered, or done with, and whom it concerns has not been told so."""
        answered = [Concern.State.IN_ACTION, Concern.State.REPLIED, Concern.State.DECLINED]
        told = ReportBack.objects.current().exclude(verdict=ReportBack.Verdict.NOT_FIXED)
        return self.filter(
            ~Exists(Action.objects.open().filter(concern=OuterRef("pk"))),
            ~Exists(told.filter(concern=OuterRef("pk"))),
            state__in=answered,
        )

    def told(self, *, since, verdict=None):
        """Those of whose outcome the raiser was last told at or after an instant; with `verdict`
        only those who gave it, "" for no word yet."""
        rows = ReportBack.objects.current().filter(asked_at__gte=since)
        if verdict is not None:
            rows = rows.filter(verdict=verdict)
        return self.filter(pk__in=rows.values("concern"))


@tracked
class Concern(models.Model):
    """What an agency raised, with its source sentence; it ends with the agency's own verdict."""

    class State(models.TextChoices):
        NEW = "new", _("not disposed of")
        IN_ACTION = "in_action", _("being worked on")
        REPLIED = "replied", _("answered")
        DECLINED = "declined", _("declined")
        REPORTED = "reported", _("reported back")
        FIXED = "fixed", _("fixed")

    class Source(models.TextChoices):
        ANSWER = "answer", _("survey answer")
        MEETING = "meeting", _("meeting")
        DIRECT = "direct", _("told directly")

    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="concerns", verbose_name=term("agency")
    )
    raised_by = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="concerns",
        verbose_name=_("raised by"),
    )
    raised_at = models.DateTimeField(_("raised"))
    source = models.CharField(_("source"), max_length=8, choices=Source)
    answer = models.OneToOneField(
        Answer, models.PROTECT, null=True, blank=True, related_name="concern"
    )
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, null=True, blank=True, related_name="concerns"
    )
    topic = models.CharField(_("topic"), max_length=40, blank=True)
    quote = models.TextField(
        _("in their words"),
        blank=True,
        max_length=10_000,
        help_text=_("The source sentence, unchanged."),
    )
    rating = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW)
    disposed_at = models.DateTimeField(null=True, editable=False)
    disposed_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+"
    )
    # The reply, or the reason of a decline; both are sent to whom raised it.
    answer_text = models.TextField(_("our answer"), blank=True, max_length=5000)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ConcernQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-pk"]
        verbose_name = _("concern")
        verbose_name_plural = _("concerns")
        constraints = [
            models.CheckConstraint(
                condition=Q(source="answer", answer__isnull=False, meeting=None)
                | Q(source="meeting", meeting__isnull=False, answer=None)
                | Q(source="direct", answer=None, meeting=None),
                name="a_concern_names_its_source",
            ),
            models.CheckConstraint(
                condition=Q(state="new", disposed_at=None, disposed_by=None)
                | (~Q(state="new") & Q(disposed_at__isnull=False, disposed_by__isnull=False)),
                name="disposed_concerns_say_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["replied", "declined"]) | ~Q(answer_text=""),
                name="replies_and_declines_have_words",
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "state"], name="concerns_of_agency"),
            models.Index(fields=["agency", "-raised_at", "-id"], name="concerns_in_order"),
            models.Index(fields=["state", "raised_at"], name="concerns_by_state"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="concern_states",
                field="state",
                transitions=[
                    ("new", "in_action"),
                    ("new", "replied"),
                    ("new", "declined"),
                    ("in_action", "reported"),
                    # Every action was dropped: it needs another answer.
                    ("in_action", "new"),
                    ("reported", "fixed"),
                    ("reported", "in_action"),
                    ("replied", "fixed"),
                    ("replied", "in_action"),
                    # The raiser says that words do not settle it.
                    ("replied", "new"),
                    ("declined", "in_action"),
                    ("declined", "new"),
                    ("fixed", "in_action"),
                    ("fixed", "new"),
                ],
            )
        ]

    def __str__(self):
        return self.quote[:80] or f"{self.topic}: {self.rating}"


def is_late(today):
    """The condition on an open action: the due day itself belongs to the owner, and a due date on
    which the office is closed lasts until it opens again."""
    return was_due_before(office.calendar().late_before(today))


def was_due_before(day):
    return Q(due_on__lt=day)


class ActionQuerySet(AgencyOwnedQuerySet):
    def open(self):
        return self.filter(state=Action.State.OPEN)

    def overdue(self, today):
        return self.open().filter(is_late(today))

    def with_rung(self):
        """Each with the highest `rung` of its present cycle; 0 where none was climbed."""
        rungs = Rung.objects.filter(action=OuterRef("pk"), cycle=OuterRef("cycle"))
        highest = rungs.order_by("-level").values("level")[:1]
        return self.annotate(rung=Coalesce(Subquery(highest), 0))


@tracked
class Action(models.Model):
    """What somebody will do about it. There is one list of actions, whatever their source."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="actions", verbose_name=term("agency")
    )
    concern = models.ForeignKey(
        Concern, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    what = models.CharField(_("what will be done"), max_length=300)
    owner = models.ForeignKey(User, models.PROTECT, related_name="actions", verbose_name=_("owner"))
    due_on = models.DateField(_("due on"))
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.OPEN)
    # Every sign of life starts the clock of escalation anew, under a new cycle.
    cycle = models.PositiveIntegerField(default=1, editable=False)
    last_activity_at = models.DateTimeField(editable=False)
    outcome = models.TextField(
        _("what was done"),
        blank=True,
        max_length=5000,
        help_text=_("In plain words: whom it concerns will read this."),
    )
    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", editable=False)
    done_at = models.DateTimeField(null=True, editable=False)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False, done_by__isnull=False)
                | (~Q(state="done") & Q(done_at=None, done_by=None)),
                name="done_actions_say_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | ~Q(outcome=""), name="done_actions_say_what_was_done"
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(state="open"), name="actions_due"),
            models.Index(
                fields=["owner", "due_on"], condition=Q(state="open"), name="actions_of_owner"
            ),
            models.Index(fields=["agency", "state"], name="actions_of_agency"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="action_states",
                field="state",
                transitions=[("open", "done"), ("open", "dropped"), ("done", "open")],
            )
        ]

    def __str__(self):
        return self.what


class ActionActivityQuerySet(models.QuerySet):
    def visible_to(self, user):
        return of_visible_agencies(self, user, agency="action__agency")


@tracked
class ActionActivity(models.Model):
    """A sign of life on an action."""

    class Kind(models.TextChoices):
        CREATED = "created", _("created")
        NOTE = "note", _("note")
        NEW_DATE = "new_date", _("new date")
        HANDED_OVER = "handed_over", _("handed over")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")
        REOPENED = "reopened", _("reopened")

    action = models.ForeignKey(Action, models.CASCADE, related_name="activities")
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.TextField(blank=True, max_length=5000)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = ActionActivityQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]


class RungQuerySet(ActionActivityQuerySet):
    pass


@tracked
class Rung(models.Model):
    """One step of the escalation ladder, climbed once. The row is the proof that it was climbed."""

    class Level(models.IntegerChoices):
        OWNER = 1, _("owner")
        LEAD = 2, _("owner's lead")
        CCO = 3, _("chief customer officer")
        STATE_CIO = 4, _("state CIO")

    action = models.ForeignKey(Action, models.CASCADE, related_name="rungs")
    cycle = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField(choices=Level)
    reached_at = models.DateTimeField()
    # After an outage every level passed is recorded, and only the highest is announced.
    told = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = RungQuerySet.as_manager()

    class Meta:
        ordering = ["cycle", "level"]
        constraints = [
            models.UniqueConstraint(
                fields=["action", "cycle", "level"], name="each_rung_climbed_once"
            ),
            models.CheckConstraint(condition=Q(level__range=(1, 4)), name="the_ladder_has_4_rungs"),
        ]

    @property
    def seq(self):
        """The number of the letter that announces it, unique for its action."""
        return self.cycle * 10 + self.level


class ReportBackQuerySet(models.QuerySet):
    def visible_to(self, user):
        return of_visible_agencies(self, user, agency="concern__agency")

    def current(self):
        """The last word to each raiser; nothing newer was told."""
        return self.filter(superseded_at=None)

    def waiting(self):
        return self.current().filter(verdict="")


@tracked(exclude=["salt", "token_hash"])
class ReportBack(models.Model):
    """We told the raiser what was done, or what we answer, and asked: fixed or not fixed?"""

    class Kind(models.TextChoices):
        DONE = "done", _("what was done")
        REPLY = "reply", _("reply")
        DECLINE = "decline", _("decline")

    class Verdict(models.TextChoices):
        FIXED = "fixed", _("fixed")
        NOT_FIXED = "not_fixed", _("not fixed")

    concern = models.ForeignKey(Concern, models.PROTECT, related_name="report_backs")
    person = models.ForeignKey(Person, models.PROTECT, related_name="report_backs")
    round = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.DONE)
    did = models.TextField(help_text=_("What was done, as the raiser was told."))
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    verdict = models.CharField(max_length=9, choices=Verdict, blank=True)
    words = models.TextField(_("your words"), blank=True, max_length=5000)
    answered_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    # Columns of crm_portal.lib.links
    public_id = models.UUIDField(unique=True)
    salt = models.CharField(max_length=32)
    epoch = models.PositiveSmallIntegerField()
    key_id = models.CharField(max_length=20)
    token_hash = models.CharField(max_length=64, unique=True)

    objects = ReportBackQuerySet.as_manager()

    class Meta:
        ordering = ["round"]
        verbose_name = _("report back")
        verbose_name_plural = _("report backs")
        constraints = [
            models.UniqueConstraint(fields=["concern", "round"], name="asked_once_per_round"),
            models.UniqueConstraint(
                fields=["concern"],
                condition=Q(superseded_at=None),
                name="one_question_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(verdict="", answered_at=None)
                | (~Q(verdict="") & Q(answered_at__isnull=False)),
                name="verdicts_say_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(verdict="", superseded_at=None),
                name="report_backs_waiting",
            ),
            models.Index(
                fields=["asked_at"], condition=Q(superseded_at=None), name="report_backs_current"
            ),
        ]

    @property
    def letter_kind(self):
        return "report_back" if self.kind == self.Kind.DONE else "reply"
