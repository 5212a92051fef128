"""People who sign in, the office that they work for, and its calendar."""

import uuid
import zoneinfo

import pgtrigger
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.history import tracked
from accounts.permissions import GRANTS, Permission, Role
from accounts.vocabulary import Vocabulary


def check_time_zone(name):
    """Refuse a name that the time-zone database does not know."""
    if name and name not in zoneinfo.available_timezones():
        raise ValidationError(_("Choose a time zone like America/Denver."))


class UserQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def staff_of_office(self):
        """Everybody who works for the office: all but the agencies' representatives."""
        return self.active().exclude(role=Role.REPRESENTATIVE)

    def owners(self):
        """Those who may own an action."""
        roles = [role for role, granted in GRANTS.items() if Permission.ACTION_WORK in granted]
        return self.active().filter(role__in=roles)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, email, password=None, **fields):
        """A user who signs in with this address, kept in lower case."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email, password=None, **fields):
        """The first administrator of an installation."""
        return self.create_user(
            email, password, **{"name": email, **fields}, role=Role.ADMINISTRATOR
        )

    def get_by_natural_key(self, email):
        return self.get(email=email.lower())


@tracked(exclude=["password", "last_login"])
class User(AbstractBaseUser):
    """Somebody who signs in with an e-mail address. What they may do follows from the role."""

    class Post(models.TextChoices):
        STATE_CIO = "state_cio", _("State CIO")
        SERVICES = "services", _("Chief services officer")
        RISK = "risk", _("Chief risk officer")
        SOLUTIONS = "solutions", _("Chief solutions officer")
        PROCUREMENT = "procurement", _("Chief procurement officer")

    class Theme(models.TextChoices):
        AUTO = "auto", _("as the device")
        LIGHT = "light", _("light")
        DARK = "dark", _("dark")

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    post = models.CharField(_("office held"), max_length=20, choices=Post, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    lead = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="team",
        verbose_name=_("lead"),
        help_text=_("Hears of this person's overdue actions first."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=60,
        blank=True,
        validators=[check_time_zone],
        help_text=_("Empty: the office's."),
    )
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.AUTO)
    is_active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    # Raised to end all sessions of the user: each carries the number that it began with.
    session_version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name"]
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_user_per_address"),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="addresses_are_in_lower_case"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="old_address_signs_in_no_more",
                operation=pgtrigger.UpdateOf("email"),
                when=pgtrigger.After,
                func="""
                    DELETE FROM account_emailaddress
                    WHERE user_id = NEW.id AND email <> NEW.email;
                    RETURN NULL;
                """,
            )
        ]

    def __str__(self):
        return self.name

    def clean(self):
        """Sign-in looks for the address in lower case."""
        super().clean()
        self.email = self.email.lower()

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name.partition(" ")[0]

    def may(self, permission):
        """Whether the role grants the permission. An inactive user may nothing."""
        return self.is_active and permission in GRANTS.get(self.role, frozenset())

    def get_session_auth_hash(self):
        """What a session must carry to go on. Another password ends it, and `session_version`."""
        return self._session_hash()

    def get_session_auth_fallback_hash(self):
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(secret=secret)

    def _session_hash(self, secret=None):
        facts = f"{self.password}:{self.session_version}"
        salt = "accounts.User.session"
        return salted_hmac(salt, facts, secret=secret, algorithm="sha256").hexdigest()

    # The admin site asks Django's own questions; the answer to each is the role's.
    @property
    def is_staff(self):
        return self.may(Permission.ADMIN_SITE)

    @property
    def is_superuser(self):
        return self.is_staff

    def has_perm(self, perm, obj=None):
        return self.is_staff

    def has_perms(self, perms, obj=None):
        return self.is_staff

    def has_module_perms(self, app_label):
        return self.is_staff


class SignInAddress(EmailAddress):
    """allauth's row about an address. It looks there, too, for who signs in with an address, so
    the database lets nothing stand there but the user's own address."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="nobody_signs_in_with_another_address",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM accounts_user WHERE id = NEW.user_id AND email = NEW.email
                    ) THEN
                        RAISE EXCEPTION 'nobody_signs_in_with_another_address';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]


class AddressChange(models.Model):
    """The address that a user wants to sign in with, until it is confirmed. One for each user."""

    user = models.OneToOneField(User, models.CASCADE, related_name="address_change")
    new_address = models.EmailField(_("new address"))
    asked_at = models.DateTimeField()
    # Columns of crm_portal.lib.links
    public_id = models.UUIDField(unique=True)
    salt = models.CharField(max_length=32)
    epoch = models.PositiveSmallIntegerField()
    key_id = models.CharField(max_length=20)
    token_hash = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(new_address=Lower("new_address")),
                name="new_addresses_are_in_lower_case",
            ),
        ]

    def __str__(self):
        return self.new_address


@tracked(exclude=["logo"])
class Office(models.Model):
    """The central IT office itself: one row, edited by its staff."""

    name = models.CharField(_("name"), max_length=120, default="Office of Information Technology")
    short_name = models.CharField(_("short name"), max_length=30, default="OIT")
    state = models.CharField(_("state"), max_length=2, default="CO", help_text=_("Two letters."))
    logo = models.BinaryField(_("logo"), null=True, blank=True)
    vocabulary = models.CharField(
        _("word for those you serve"),
        max_length=20,
        choices=Vocabulary,
        default=Vocabulary.AGENCY,
        help_text=_("Every page, letter and export uses it."),
    )
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="America/Denver", validators=[check_time_zone]
    )
    fiscal_year_starts = models.PositiveSmallIntegerField(
        _("fiscal year starts in month"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    opens_at = models.TimeField(_("office opens at"), default="08:00")
    closes_at = models.TimeField(_("office closes at"), default="17:00")
    remind_days_before = models.PositiveSmallIntegerField(
        _("remind of an action this many business days before it is due"), default=2
    )
    rung_days = models.PositiveSmallIntegerField(
        _("business days between two steps of escalation"),
        default=2,
        validators=[MinValueValidator(1)],
    )
    visit_days_tier_1 = models.PositiveSmallIntegerField(_("visit tier 1 every … days"), default=90)
    visit_days_tier_2 = models.PositiveSmallIntegerField(
        _("visit tier 2 every … days"), default=180
    )
    visit_days_tier_3 = models.PositiveSmallIntegerField(
        _("visit tier 3 every … days"), default=365
    )
    contact_days = models.PositiveSmallIntegerField(
        _("without any contact for this many days we know nothing"), default=180
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("office profile")
        verbose_name_plural = _("office profile")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_office"),
            models.CheckConstraint(
                condition=models.Q(fiscal_year_starts__range=(1, 12)), name="fiscal_month_exists"
            ),
            models.CheckConstraint(
                condition=models.Q(opens_at__lt=models.F("closes_at")),
                name="office_opens_before_it_closes",
                violation_error_message=_("Choose a closing time after the opening time."),
            ),
            models.CheckConstraint(condition=models.Q(rung_days__gte=1), name="rungs_take_time"),
        ]

    def __str__(self):
        return self.name

    def visit_days(self, tier):
        """How many days may pass between two visits to an agency of this tier."""
        return getattr(self, f"visit_days_tier_{tier}")


@tracked
class Holiday(models.Model):
    """A day on which the office is closed, beside weekends."""

    date = models.DateField(_("date"), unique=True)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        ordering = ["date"]
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")

    def __str__(self):
        return f"{self.date:%Y-%m-%d} {self.name}"


class Installation(models.Model):
    """Which installation this database belongs to: one row, made by its first backup and part of
    every backup, so that nobody puts one office's data in the place of another's unawares."""

    key = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_installation")]

    def __str__(self):
        return str(self.key)


class Submission(models.Model):
    """A form that was sent. The row is the claim that makes a second sending harmless."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.UUIDField()
    payload_hash = models.CharField(max_length=64)
    result_url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="each_form_sent_once"),
        ]
        indexes = [models.Index(fields=["created_at"], name="form_keys_by_age")]


class Draft(models.Model):
    """A half-written form of one user, so that a dead battery or a second device loses nothing."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    form = models.CharField(max_length=40)
    fields = models.JSONField(default=dict)
    sequences = models.JSONField(default=dict, help_text="Field → how new its value is.")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "form"], name="one_draft_per_form"),
        ]
