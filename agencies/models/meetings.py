"""Every contact on record."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.history import tracked
from accounts.models import User
from accounts.permissions import READS_RESTRICTED, SEES_EVERY_AGENCY, Role
from accounts.vocabulary import term
from agencies.models.agencies import Agency, of_visible_agencies
from agencies.models.people import Person


class MeetingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those on record with a visible agency; restricted ones only for who wrote them or was
        there, and the CCO. Representatives see none: notes are the office's own."""
        if not user.is_authenticated or not user.is_active or user.role == Role.REPRESENTATIVE:
            return self.none()
        rows = self.on_record()
        if user.role not in SEES_EVERY_AGENCY:
            mine = Agency.objects.visible_to(user)
            rows = rows.filter(
                pk__in=MeetingAgency.objects.filter(agency__in=mine).values("meeting")
            )
        if user.role in READS_RESTRICTED:
            return rows
        return rows.filter(
            Q(restricted=False) | Q(logged_by=user) | Q(pk__in=user.meetings.values("pk"))
        )

    def on_record(self):
        """Without those that were withdrawn."""
        return self.filter(withdrawn_at=None)


@tracked
class Meeting(models.Model):
    """Any contact on record, with one agency or many."""

    class Mode(models.TextChoices):
        AT_AGENCY = "at_agency", _("at their place")
        AT_OFFICE = "at_office", _("at our office")
        VIDEO = "video", _("video")
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")

    class Mood(models.IntegerChoices):
        VERY_BAD = 1, _("very bad")
        BAD = 2, _("bad")
        MIXED = 3, _("mixed")
        GOOD = 4, _("good")
        VERY_GOOD = 5, _("very good")

    agencies = models.ManyToManyField(
        Agency, through="MeetingAgency", related_name="meetings", verbose_name=term("agencies")
    )
    mode = models.CharField(_("how"), max_length=10, choices=Mode)
    held_at = models.DateTimeField(_("when"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 60)],
    )
    note = models.TextField(_("note"), blank=True, max_length=20_000, help_text=_("Markdown."))
    # The liaison's own view. Never averaged with what the agency itself says.
    mood = models.PositiveSmallIntegerField(_("mood"), choices=Mood, null=True, blank=True)
    restricted = models.BooleanField(
        _("restricted"), default=False, help_text=_("Only you, who was there, and the CCO read it.")
    )
    people = models.ManyToManyField(
        Person, blank=True, related_name="meetings", verbose_name=_("who was there")
    )
    colleagues = models.ManyToManyField(
        User, blank=True, related_name="meetings", verbose_name=_("colleagues who were there")
    )
    logged_by = models.ForeignKey(User, models.PROTECT, related_name="logged_meetings")
    logged_at = models.DateTimeField()
    # Set by the undo. The row stays, and is on no list.
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-held_at", "-pk"]
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        constraints = [
            models.CheckConstraint(
                condition=Q(mood=None) | Q(mood__range=(1, 5)), name="mood_is_1_to_5"
            ),
        ]
        indexes = [models.Index(fields=["-held_at"], name="meetings_newest")]

    def __str__(self):
        return f"{self.get_mode_display()} {self.held_at:%Y-%m-%d}"


@tracked(obj_field=None)
class MeetingPerson(Meeting.people.through):
    """Who was there, for the history alone."""

    class Meta:
        proxy = True


@tracked(obj_field=None)
class MeetingColleague(Meeting.colleagues.through):
    """Which colleagues were there, for the history alone."""

    class Meta:
        proxy = True


class MeetingAgencyQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The places of visible meetings at visible agencies."""
        rows = self.filter(meeting__in=Meeting.objects.visible_to(user))
        return of_visible_agencies(rows, user)

    def on_record(self):
        return self.filter(meeting__withdrawn_at=None)


@tracked
class MeetingAgency(models.Model):
    """One agency at one meeting; carries the time so that an agency's newest are one index walk."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="places")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    held_at = models.DateTimeField()

    objects = MeetingAgencyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "agency"], name="an_agency_meets_once_per_meeting"
            ),
        ]
        indexes = [models.Index(fields=["agency", "-held_at"], name="meetings_of_agency")]
