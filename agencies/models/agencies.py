"""The organisations that the office serves, and who sees which."""

import pgtrigger
from django.apps import apps
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import office
from accounts.history import tracked
from accounts.permissions import SEES_EVERY_AGENCY, Role
from accounts.vocabulary import term


class AgencyQuerySet(models.QuerySet):
    def visible_to(self, user):
        """THE rule: the office's heads see all, a liaison today's assignments, a representative
        their own. Every other queryset of agency-owned rows is built from this one."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.role in SEES_EVERY_AGENCY:
            return self.all()
        if user.role == Role.LIAISON:
            today = office.local_date(timezone.now())
            assignments = apps.get_model("agencies", "Assignment").objects
            return self.filter(pk__in=assignments.filter(user=user).on(today).values("agency"))
        people = apps.get_model("agencies", "Person").objects
        return self.filter(pk__in=people.filter(user=user).current().values("agency"))

    def active(self):
        return self.filter(closed_on=None)


class NoAgencyAboveItself(pgtrigger.Trigger):
    """Refuses a parent that is a part of the row, however deep; for pages, the admin, imports and
    SQL alike. One change of a parent after the other: two that are right alone can make a circle.
    """

    name = "no_agency_above_itself"
    violation_error_message = _(
        "The one that you chose is itself a part of this one. Choose another, or leave it empty."
    )
    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.UpdateOf("parent_id")
    condition = pgtrigger.Condition('NEW."parent_id" IS NOT NULL')
    func = """
        IF TG_OP = 'UPDATE' AND NEW.parent_id IS NOT DISTINCT FROM OLD.parent_id THEN
            RETURN NULL;
        END IF;
        -- crm_portal.lib.locks.Rule.PARENTS. The next statement reads what the one before has left.
        PERFORM pg_advisory_xact_lock(5, 0);
        IF EXISTS (
            -- UNION, not UNION ALL: it ends even in a circle that is older than this rule.
            WITH RECURSIVE above (id) AS (
                SELECT NEW.parent_id
                UNION
                SELECT agency.parent_id FROM agencies_agency AS agency JOIN above USING (id)
            )
            SELECT FROM above WHERE id = NEW.id
        ) THEN
            RAISE EXCEPTION 'agency % would be a part of itself', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_agency_above_itself';
        END IF;
        RETURN NULL;
    """


# The summaries are no facts of their own: a meeting must not leave a row of history here too.
@tracked(exclude=["last_contact_at", "last_visit_at"])
class Agency(models.Model):
    """An organisation that the office serves."""

    class Governance(models.TextChoices):
        CONSOLIDATED = "consolidated", _("consolidated")
        FEDERATED = "federated", _("federated")
        EXEMPT = "exempt", _("exempt")

    class Branch(models.TextChoices):
        EXECUTIVE = "executive", _("executive")
        LEGISLATIVE = "legislative", _("legislative")
        JUDICIAL = "judicial", _("judicial")
        INDEPENDENT = "independent", _("independent")

    state = models.CharField(_("state"), max_length=2, help_text=_("Two letters."))
    name = models.CharField(_("name"), max_length=200)
    acronym = models.CharField(_("acronym"), max_length=20, blank=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
    )
    tier = models.PositiveSmallIntegerField(
        _("tier"),
        default=2,
        choices=[(1, _("1 – most contact")), (2, _("2")), (3, _("3 – least contact"))],
        help_text=_("How often it should be visited."),
    )
    governance = models.CharField(
        _("governance"), max_length=12, choices=Governance, default=Governance.CONSOLIDATED
    )
    branch = models.CharField(_("branch"), max_length=12, choices=Branch, default=Branch.EXECUTIVE)
    cabinet = models.CharField(_("cabinet"), max_length=80, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    head_count = models.PositiveIntegerField(_("head count"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    # Kept up to date by services/meetings.py; `manage.py rebuild_summaries` counts again.
    last_contact_at = models.DateTimeField(null=True, editable=False)
    last_visit_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AgencyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = term("agency")
        verbose_name_plural = term("agencies")
        constraints = [
            models.UniqueConstraint(
                Upper("state"),
                Lower("name"),
                name="one_agency_per_name",
                violation_error_message=_(
                    "This name is taken in this state. Open the other one, or choose another name."
                ),
            ),
            models.CheckConstraint(condition=Q(tier__range=(1, 3)), name="tier_is_1_to_3"),
            models.CheckConstraint(
                condition=~Q(parent=F("id")),
                name="agency_is_not_its_own_part",
                violation_error_message=_(
                    "It cannot be part of itself. Choose another one, or leave the field empty."
                ),
            ),
        ]
        indexes = [
            GinIndex(OpClass(Lower("name"), "gin_trgm_ops"), name="agencies_by_name"),
        ]
        triggers = [NoAgencyAboveItself()]

    def __str__(self):
        return self.name


def of_visible_agencies(rows, user, *, agency="agency"):
    """Those of the rows whose agency the user sees. Who sees every agency pays for no join."""
    visible = Agency.objects.visible_to(user)
    return rows.filter(**{f"{agency}__in": visible}) if visible.query.has_filters() else rows.all()


class AgencyOwnedQuerySet(models.QuerySet):
    def visible_to(self, user):
        return of_visible_agencies(self, user)
