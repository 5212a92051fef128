"""Questionnaires, waves, invitations and what people answered."""

import datetime as dt

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, FilteredRelation, Q
from django.utils.translation import gettext_lazy as _

from accounts import office
from accounts.history import tracked
from accounts.vocabulary import term
from agencies.models import Agency, AgencyOwnedQuerySet, Person, of_visible_agencies
from crm_portal.lib.worded import worded_once


@tracked
class Questionnaire(models.Model):
    """A list of questions, frozen when a wave with it opens. The next year copies it."""

    title = models.CharField(_("title"), max_length=120)
    introduction = models.TextField(_("introduction"), blank=True, max_length=2000)
    minutes = models.PositiveSmallIntegerField(_("minutes it takes"), default=5)
    created_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True, editable=False)
    # Raised by every change of the questions too: who edits an old list is told.
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")

    def __str__(self):
        return self.title


class QuestionQuerySet(models.QuerySet):
    def with_answers(self, response_id):
        """Each question with what one response says to it: `given_number`, `given_options`,
        `given_text`, `given_at`, and `given_sequence` and `given_text_sequence`, which say how new
        the choice and the words are; all None where nothing was said yet."""
        return self.alias(
            given=FilteredRelation("answers", condition=Q(answers__response=response_id or 0))
        ).annotate(
            given_number=F("given__number"),
            given_options=F("given__options"),
            given_text=F("given__text"),
            given_at=F("given__saved_at"),
            given_sequence=F("given__sequence"),
            given_text_sequence=F("given__text_sequence"),
        )


@tracked
class Question(models.Model):
    """One question. `lineage` is its identity across years: the same lineage joins the trend."""

    class Kind(models.TextChoices):
        RATING = "rating", _("rating from 1 to 5")
        LIKELIHOOD = "likelihood", _("likelihood from 0 to 10")
        CHOICE = "choice", _("one choice")
        CHOICES = "choices", _("several choices")
        SHORT_TEXT = "short_text", _("short text")
        LONG_TEXT = "long_text", _("long text")

    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(_("position"))
    lineage = models.SlugField(
        _("lineage"), help_text=_("The same in every year. Change it when the scale changes.")
    )
    topic = models.CharField(_("topic"), max_length=40, help_text=_("Short, for charts."))
    section = models.CharField(
        _("heading above it"),
        max_length=60,
        blank=True,
        help_text=_("Starts a new section. Empty: it belongs to the section before."),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    text = models.CharField(_("question"), max_length=300)
    help_text = models.CharField(_("help"), max_length=300, blank=True)
    required = models.BooleanField(_("required"), default=False)
    options = ArrayField(
        models.CharField(max_length=120), default=list, blank=True, verbose_name=_("options")
    )
    show_if = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="followers",
        verbose_name=_("show only after"),
    )
    show_if_values = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        verbose_name=_("when the answer was one of"),
    )

    # Brought along by `with_answers`.
    given_number: int | None
    given_options: list[str] | None
    given_text: str | None
    given_at: dt.datetime | None
    given_sequence: int | None
    given_text_sequence: int | None

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["questionnaire", "position"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(
                fields=["questionnaire", "position"],
                name="one_question_per_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(
                fields=["questionnaire", "lineage"], name="a_lineage_once_per_questionnaire"
            ),
        ]

    def __str__(self):
        return self.text


@worded_once
def questions_with_answers(*, questionnaire, response):
    """The questions in order, each with what one response (0: none yet) says to it."""
    rows = Question.objects.filter(questionnaire=questionnaire)
    return rows.with_answers(response).order_by("position")


class WaveQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state=Wave.State.OPEN)


@tracked
class Wave(models.Model):
    """One run of a questionnaire. Dates are the office's local ones: it opens when the office
    opens on `opens_on`, and closes when the office closes on `closes_on`."""

    class State(models.TextChoices):
        DRAFT = "draft", _("being prepared")
        OPEN = "open", _("open")
        ENDED = "ended", _("no more answers")
        CLOSED = "closed", _("closed")

    class Confidentiality(models.TextChoices):
        ATTRIBUTED = "attributed", _("attributed")

    questionnaire = models.ForeignKey(Questionnaire, models.PROTECT, related_name="waves")
    title = models.CharField(_("title"), max_length=120)
    opens_on = models.DateField(_("opens on"))
    closes_on = models.DateField(_("last day"))
    # The audience: every respondent, or only these levels, tiers, agencies.
    audience_levels = ArrayField(
        models.CharField(max_length=10, choices=Person.Level),
        default=list,
        blank=True,
        verbose_name=_("only these levels"),
    )
    audience_tiers = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        verbose_name=_("only these tiers"),
    )
    threshold = models.PositiveSmallIntegerField(
        _("a rating below this raises a concern"),
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )
    reminder_days = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1)]),
        default=list,
        blank=True,
        verbose_name=_("remind this many days after opening"),
        help_text=_("At the last step the liaison is asked to phone instead."),
    )
    confidentiality = models.CharField(
        _("confidentiality"),
        max_length=12,
        choices=Confidentiality,
        default=Confidentiality.ATTRIBUTED,
    )
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.DRAFT)
    opened_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = WaveQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_on"]
        verbose_name = _("wave")
        verbose_name_plural = _("waves")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")), name="waves_end_after_they_start"
            ),
            models.CheckConstraint(
                condition=Q(threshold__range=(1, 5)), name="threshold_is_a_rating"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", opened_at=None)
                | (~Q(state="draft") & Q(opened_at__isnull=False)),
                name="open_waves_say_since_when",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="wave_states",
                field="state",
                transitions=[
                    ("draft", "open"),
                    ("open", "ended"),
                    ("ended", "open"),
                    ("ended", "closed"),
                ],
            )
        ]

    def takes_answers(self, now):
        """Whether it is open at this instant. The last day ends when the office closes, also while
        nothing has noted it yet."""
        if self.state != self.State.OPEN:
            return False
        return now < office.calendar().closing(self.closes_on)

    def __str__(self):
        return self.title


@tracked(exclude=["salt", "token_hash", "planned_step"])
class Invitation(models.Model):
    """One person's way into one wave. The agency is the one they belonged to when invited."""

    # Both indexes below begin with the wave.
    wave = models.ForeignKey(Wave, models.PROTECT, related_name="invitations", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="invitations")
    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="invitations", verbose_name=term("agency")
    )
    invited_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    # The last step after the invitation whose letter is in the ledger; a tick finds the others.
    planned_step = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # Columns of crm_portal.lib.links
    public_id = models.UUIDField(unique=True)
    salt = models.CharField(max_length=32)
    epoch = models.PositiveSmallIntegerField()
    key_id = models.CharField(max_length=20)
    token_hash = models.CharField(max_length=64, unique=True)

    objects = AgencyOwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["wave", "person"], name="one_invitation_per_wave"),
        ]
        indexes = [
            models.Index(
                fields=["wave", "invited_at", "planned_step"], name="invitations_to_remind"
            )
        ]

    def __str__(self):
        return f"{self.person} – {self.wave}"


class ResponseQuerySet(AgencyOwnedQuerySet):
    def submitted(self):
        return self.exclude(submitted_at=None)


@tracked
class Response(models.Model):
    """What one person answered: a draft until `submitted_at`, then final."""

    invitation = models.OneToOneField(Invitation, models.PROTECT, related_name="response")
    wave = models.ForeignKey(Wave, models.PROTECT, related_name="responses")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="responses")
    promise = models.TextField(help_text=_("What the respondent was told about confidentiality."))
    started_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    # Set when the worker has looked for concerns in it: the sweep finds the others.
    concerns_raised_at = models.DateTimeField(null=True, editable=False)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        indexes = [
            models.Index(
                fields=["submitted_at"],
                condition=Q(submitted_at__isnull=False, concerns_raised_at=None),
                name="responses_not_read_yet",
            ),
            models.Index(fields=["wave", "agency", "submitted_at"], name="responses_of_wave"),
            models.Index(
                fields=["agency", "-submitted_at", "-id"],
                condition=Q(submitted_at__isnull=False),
                name="responses_of_agency",
            ),
        ]


class AnswerQuerySet(models.QuerySet):
    def visible_to(self, user):
        return of_visible_agencies(self, user, agency="response__agency")


@tracked
class Answer(models.Model):
    """The answer to one question: a number, options, or text; a rating may carry a comment."""

    response = models.ForeignKey(Response, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    options = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    text = models.TextField(blank=True, max_length=10_000)
    # Autosave: the browser counts its changes, and an older one never overwrites a newer one.
    # The choice and the words beside it are changed, and counted, each by itself.
    sequence = models.PositiveBigIntegerField(default=0)
    text_sequence = models.PositiveBigIntegerField(default=0)
    saved_at = models.DateTimeField()

    objects = AnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(
                fields=["response", "question"], name="one_answer_per_question"
            ),
            models.CheckConstraint(
                condition=Q(number=None) | Q(number__range=(0, 10)), name="numbers_are_on_a_scale"
            ),
        ]


class AnswerTally(models.Model):
    """How often an agency gave one value to one question in a wave. Kept by the submit itself;
    `manage.py rebuild_summaries` counts again."""

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="tallies")
    question = models.ForeignKey(Question, models.CASCADE, related_name="+")
    agency = models.ForeignKey(Agency, models.CASCADE, related_name="+")
    value = models.CharField(max_length=120)
    count = models.PositiveIntegerField()

    objects = AgencyOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["wave", "question", "agency", "value"], name="one_tally_per_value"
            ),
        ]


class ResponseTally(models.Model):
    """How many people of an agency were invited to a wave and how many answered."""

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="response_tallies")
    agency = models.ForeignKey(Agency, models.CASCADE, related_name="+")
    invited = models.PositiveIntegerField(default=0)
    responded = models.PositiveIntegerField(default=0)

    objects = AgencyOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "agency"], name="one_response_tally"),
            models.CheckConstraint(
                condition=Q(responded__lte=F("invited")), name="only_the_invited_respond"
            ),
        ]
