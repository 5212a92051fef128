"""People at agencies, and who of the office looks after which agency."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.history import tracked
from accounts.models import User
from accounts.vocabulary import term
from agencies.models.agencies import Agency, AgencyOwnedQuerySet


class PersonQuerySet(AgencyOwnedQuerySet):
    def current(self):
        """Those who have not left."""
        return self.filter(left_on=None)

    def respondents(self):
        """Those whom a survey asks: still there, and marked as respondent, who have an address."""
        return self.current().filter(is_respondent=True)


@tracked
class Person(models.Model):
    """Somebody at an agency."""

    class Level(models.TextChoices):
        EXECUTIVE = "executive", _("executive")
        ONE_DOWN = "one_down", _("one level down")
        STAFF = "staff", _("staff")

    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="people", verbose_name=term("agency")
    )
    user = models.OneToOneField(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
        verbose_name=_("sign-in"),
    )
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail address"), blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    title = models.CharField(_("title"), max_length=120, blank=True)
    role = models.CharField(
        _("role"), max_length=120, blank=True, help_text=_("What they decide or look after.")
    )
    level = models.CharField(_("level"), max_length=10, choices=Level, default=Level.STAFF)
    since = models.DateField(_("since"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    is_respondent = models.BooleanField(_("answers surveys"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                "agency",
                Lower("email"),
                condition=Q(left_on=None) & ~Q(email=""),
                name="one_current_person_per_address",
                violation_error_message=_(
                    "Somebody with this e-mail address is on record there. "
                    "Open that person, or mark them as left."
                ),
            ),
            models.CheckConstraint(
                condition=Q(is_respondent=False) | ~Q(email=""),
                name="respondents_have_an_address",
                violation_error_message=_(
                    "Who answers surveys needs an e-mail address. Enter one, or take the mark away."
                ),
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(since=None) | Q(left_on__gte=F("since")),
                name="nobody_leaves_before_coming",
                violation_error_message=_(
                    "The day of leaving is before the first day. Correct one."
                ),
            ),
        ]
        indexes = [
            # Every tick asks whether a wave has missed one of them.
            models.Index(
                fields=["id"],
                include=["agency"],
                condition=Q(left_on=None, is_respondent=True),
                name="respondents",
            ),
        ]

    def __str__(self):
        return self.name


class AssignmentQuerySet(AgencyOwnedQuerySet):
    def on(self, date):
        """Those that hold on this date; `until` is their last day."""
        return self.filter(starts_on__lte=date).filter(Q(until=None) | Q(until__gte=date))

    def primary(self):
        return self.filter(role=Assignment.Role.PRIMARY)


@tracked
class Assignment(models.Model):
    """Who looks after an agency, in which role, from when until when (both days included)."""

    class Role(models.TextChoices):
        PRIMARY = "primary", _("primary liaison")
        BACKUP = "backup", _("backup liaison")
        EMBEDDED = "embedded", _("embedded IT director")
        SHADOW = "shadow", _("shadow CIO")

    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="assignments", verbose_name=term("agency")
    )
    user = models.ForeignKey(
        User, models.PROTECT, related_name="assignments", verbose_name=_("liaison")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.PRIMARY)
    starts_on = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on"]
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            ExclusionConstraint(
                name="one_primary_liaison_at_a_time",
                violation_error_message=_(
                    "Somebody else is the primary liaison during this time. "
                    "End that assignment first, or hand over."
                ),
                expressions=[
                    ("agency", RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("until"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(role="primary"),
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("starts_on")),
                name="assignments_end_after_they_start",
                violation_error_message=_("The last day is before the first. Correct one."),
            ),
        ]

    def __str__(self):
        return f"{self.user} – {self.get_role_display()}"
