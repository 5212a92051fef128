"""Agencies in the admin site. Meetings and imports are to look at: their pages write them."""

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import IntegrityError
from django.urls import reverse

from accounts.admin import Choosing, SeenVersionForm
from accounts.vocabulary import term
from agencies.forms.registry import AgencyForm
from agencies.models import (
    Agency,
    AgencyDomain,
    AgencyImport,
    AgencySpelling,
    Assignment,
    Meeting,
    MeetingAgency,
    Person,
)
from agencies.queries.history import changes
from agencies.services.rules import broken_rule, sentence


class RecordAdmin(Choosing, admin.ModelAdmin):
    """Nothing is deleted; a broken rule is a sentence; the history is the database's own."""

    object_history_template = "agencies/admin_history.html"

    def has_delete_permission(self, request, obj=None):
        return False

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Two rows of one form, or two people at once, can break what each form kept. Then the
        form comes back with what was typed and says why."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError as error:
            request.broken_rule = sentence(broken_rule(error))
            if request.broken_rule is None:
                raise
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, *args, **kwargs):
        form_class = super().get_form(request, *args, **kwargs)
        said = getattr(request, "broken_rule", None)
        return form_class if said is None else refused(form_class, said)

    def history_view(self, request, object_id, extra_context=None):
        row = self.get_object(request, unquote(object_id))
        said = {"changes": changes(row)} if row is not None else {}
        return super().history_view(request, object_id, {**said, **(extra_context or {})})


def refused(form_class, sentence):
    """The form, not to be accepted for a reason that only the database knew."""

    class RefusedForm(form_class):
        def clean(self):
            super().clean()
            raise forms.ValidationError(sentence)

    return RefusedForm


class LookOnlyAdmin(RecordAdmin):
    """To look at; what changes it is a page of the portal."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class AgencyAdminForm(SeenVersionForm):
    clean_state = AgencyForm.clean_state


class VersionedAdmin(RecordAdmin):
    form = SeenVersionForm

    def save_model(self, request, obj, form, change):
        """An editor on the portal's own page is told that the admin was first. Columns that the
        form does not show are not its to write."""
        if not change:
            obj.save()
            return
        obj.version += 1
        columns = {field.name for field in obj._meta.concrete_fields}
        obj.save(update_fields=[*columns.intersection(form.cleaned_data), "version"])

    def save_formset(self, request, form, formset, change):
        """The same for rows below the record."""
        for row in formset.forms:
            if row.instance.pk and row.has_changed() and hasattr(row.instance, "version"):
                row.instance.version += 1
        super().save_formset(request, form, formset, change)


class InlineRows(Choosing, admin.TabularInline):
    extra = 0
    max_num = 300
    show_change_link = True

    def get_formset(self, request, obj=None, **options):
        """No more forms than that, whatever number is sent: Django would make a thousand more."""
        return super().get_formset(request, obj, absolute_max=InlineRows.max_num, **options)

    def has_delete_permission(self, request, obj=None):
        return False


class PersonInline(InlineRows):
    model = Person
    form = SeenVersionForm
    fields = ["name", "email", "title", "level", "is_respondent", "left_on", "seen_version"]


class AssignmentInline(InlineRows):
    model = Assignment
    fields = ["user", "role", "starts_on", "until"]
    autocomplete_fields = ["user"]


class LookOnlyInline(InlineRows):
    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class SpellingInline(LookOnlyInline):
    model = AgencySpelling
    fk_name = "agency"
    fields = ["spelling", "reason", "source"]


class DomainInline(LookOnlyInline):
    model = AgencyDomain
    fk_name = "agency"
    fields = ["domain", "spelling"]


class PlaceInline(LookOnlyInline):
    model = MeetingAgency
    fields = ["agency"]
    verbose_name = term("agency")
    verbose_name_plural = term("agencies")


@admin.register(Agency)
class AgencyAdmin(VersionedAdmin):
    form = AgencyAdminForm
    change_list_template = "agencies/admin_agencies.html"
    list_display = ["name", "acronym", "state", "tier", "governance", "parent", "closed_on"]
    list_filter = ["state", "tier", "governance", "branch"]
    list_select_related = ["parent"]
    search_fields = ["name", "acronym", "spellings__spelling", "domains__domain"]
    autocomplete_fields = ["parent"]
    inlines = [AssignmentInline, PersonInline, SpellingInline, DomainInline]


@admin.register(Person)
class PersonAdmin(VersionedAdmin):
    list_display = ["name", "agency", "title", "level", "is_respondent", "left_on"]
    list_filter = ["level", "is_respondent"]
    list_select_related = ["agency"]
    search_fields = ["name", "email", "agency__name"]
    autocomplete_fields = ["agency", "user"]


@admin.register(Assignment)
class AssignmentAdmin(RecordAdmin):
    list_display = ["agency", "user", "role", "starts_on", "until"]
    list_filter = ["role", "user"]
    list_select_related = ["agency", "user"]
    search_fields = ["agency__name", "user__name"]
    autocomplete_fields = ["agency", "user"]


@admin.register(Meeting)
class MeetingAdmin(LookOnlyAdmin):
    """Restricted notes stay with whom they are for, here too. “View on site” leads to the page that
    edits it: there the summaries of its agencies follow."""

    list_display = ["__str__", "held_at", "mode", "mood", "logged_by", "restricted"]
    list_filter = ["mode", "mood"]
    list_select_related = ["logged_by"]
    date_hierarchy = "held_at"
    search_fields = ["note", "agencies__name"]
    inlines = [PlaceInline]

    def view_on_site(self, meeting):
        return reverse("agencies:meeting", args=[meeting.pk])

    def get_queryset(self, request):
        return Meeting.objects.visible_to(request.user)


@admin.register(AgencySpelling)
class AgencySpellingAdmin(LookOnlyAdmin):
    list_display = ["spelling", "state", "agency", "reason", "source"]
    list_filter = ["state"]
    list_select_related = ["agency", "source"]
    search_fields = ["spelling", "agency__name"]


@admin.register(AgencyDomain)
class AgencyDomainAdmin(LookOnlyAdmin):
    list_display = ["domain", "agency", "spelling"]
    list_select_related = ["agency", "spelling"]
    search_fields = ["domain", "agency__name"]


@admin.register(AgencyImport)
class AgencyImportAdmin(LookOnlyAdmin):
    list_display = ["file_name", "at", "by", "rows", "created", "changed", "merged"]
    list_select_related = ["by"]
