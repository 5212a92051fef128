"""Spreadsheets that became agencies: each run, and what it called them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.history import tracked
from accounts.models import User
from agencies.models.agencies import Agency, AgencyOwnedQuerySet


@tracked
class AgencyImport(models.Model):
    """One run of the spreadsheet import. `merged` counts spellings beyond an agency's first."""

    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    rows = models.PositiveIntegerField()
    created = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    merged = models.PositiveIntegerField()

    class Meta:
        ordering = ["-at"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self):
        return f"{self.file_name} {self.at:%Y-%m-%d}"


class ImportDraft(models.Model):
    """A spreadsheet that was uploaded and is being looked at. Kept as a row, so that the preview
    goes on in another tab, on another device and after a restart."""

    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    uploaded_at = models.DateTimeField()
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    # Compressed; emptied once the rows have become agencies.
    content = models.BinaryField()
    encoding = models.CharField(max_length=20)
    delimiter = models.CharField(max_length=10, blank=True, help_text="Empty: as it looks.")
    columns = models.JSONField(default=dict, help_text="Field → number of the column.")
    default_state = models.CharField(max_length=2, blank=True)
    decisions = models.JSONField(default=dict, help_text="Pair → same or different.")
    leave_out_errors = models.BooleanField(default=False)
    # In bytes, as uploaded: what is larger than `services.previews.AT_ONCE` a worker looks at.
    size = models.PositiveIntegerField(default=0, db_default=0)
    # Raised with everything above that the preview follows from.
    revision = models.PositiveIntegerField(default=1, db_default=1)
    # The preview as it was last made (`agencies.imports.kept`), and what it was made of.
    plan = models.BinaryField(null=True, editable=False)
    plan_of = models.CharField(max_length=64, blank=True, db_default="")
    # Whether somebody waits for a worker; what for: "" the preview, else the import of the preview
    # with this fingerprint.
    is_wanted = models.BooleanField(default=False, db_default=False)
    import_as = models.CharField(max_length=64, blank=True, db_default="")
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    percent = models.PositiveSmallIntegerField(default=0, db_default=0)
    refusal = models.TextField(blank=True, db_default="", help_text="Why the worker could not.")
    result = models.OneToOneField(
        AgencyImport, models.SET_NULL, null=True, blank=True, related_name="draft"
    )

    class Meta:
        ordering = ["-uploaded_at"]
        indexes = [
            models.Index(
                fields=["uploaded_at"], condition=models.Q(is_wanted=True), name="imports_wanted"
            ),
        ]

    def __str__(self):
        return self.file_name


@tracked
class AgencySpelling(models.Model):
    """A name that a spreadsheet used for the agency. Taking it away again undoes the merge."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="spellings")
    state = models.CharField(max_length=2)
    spelling = models.CharField(max_length=200)
    reason = models.CharField(max_length=200, help_text=_("Why it was taken for this one."))
    # What undoing the merge needs; `agencies.imports.matching.Spelling` says what they mean.
    group = models.CharField(max_length=16, blank=True)
    facts = models.JSONField(default=dict, help_text=_("What its rows said."))
    replaced = models.JSONField(default=dict, help_text=_("Fact → before and after."))
    # The agency was made for it: there is nothing to take apart.
    is_first = models.BooleanField(default=False)
    source = models.ForeignKey(AgencyImport, models.SET_NULL, null=True, related_name="spellings")
    split_from = models.ForeignKey(
        Agency,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="split_spellings",
        help_text=_("Whose it was before somebody took it apart; the way back."),
    )

    objects = AgencyOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["spelling"]
        verbose_name = _("spelling")
        verbose_name_plural = _("spellings")
        constraints = [
            # Exactly as written: what was decided for one spelling holds in the next import.
            models.UniqueConstraint(
                fields=["state", "spelling"],
                name="a_spelling_means_one_agency",
                violation_error_message=_("This spelling is on record. Look at the preview again."),
            ),
        ]

    def __str__(self):
        return self.spelling

    def replacements(self):
        """(fact, before, after) of what the merge changed, in words."""
        return [
            (Agency._meta.get_field(fact).verbose_name, before or "–", after or "–")
            for fact, (before, after) in self.replaced.items()
        ]


@tracked
class AgencyDomain(models.Model):
    """An internet domain of the agency: an extra fact from the spreadsheet."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="domains")
    domain = models.CharField(_("domain"), max_length=253, unique=True)
    spelling = models.ForeignKey(
        AgencySpelling, models.SET_NULL, null=True, blank=True, related_name="domains"
    )

    moved_from = models.ForeignKey(
        Agency,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The way back."),
    )
    moved_by = models.ForeignKey(
        AgencyImport, models.SET_NULL, null=True, blank=True, related_name="moved_domains"
    )

    objects = AgencyOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["domain"]
        verbose_name = _("domain")
        verbose_name_plural = _("domains")

    def __str__(self):
        return self.domain
