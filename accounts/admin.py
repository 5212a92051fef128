"""Accounts in the admin site, behind the same sign-in as everything else."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.forms import AdminUserCreationForm
from django.utils.translation import gettext as _

from accounts.models import Holiday, User
from crm_portal.widgets import Autocomplete

admin.site.login = secure_admin_login(admin.site.login)
admin.site.disable_action("delete_selected")


class Choosing:
    """For what offers rows to choose from, a record or the rows below it."""

    def formfield_for_foreignkey(self, db_field, request, **options):
        if db_field.name in self.get_autocomplete_fields(request):
            options.setdefault("widget", Autocomplete(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **options)


class NewUserForm(AdminUserCreationForm):
    """Without a password the user chooses one by “Forgot your password?”."""

    class Meta:
        model = User
        fields = ["email", "name", "role"]


class SeenVersionForm(forms.ModelForm):
    """Refuses to overwrite what somebody else saved after the form was opened, and lets nobody in
    between: the row is held until the admin's transaction ends."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("seen_version", self.instance.version)

    def clean(self):
        data = super().clean()
        if self.instance.pk:
            # Rows that refer to this one do not wait: two admins whose agencies refer to each other
            # would wait for ever.
            rows = type(self.instance).objects.select_for_update(no_key=True)
            now = rows.get(pk=self.instance.pk).version
            if data.get("seen_version") != now:
                self.data = self.data.copy()
                self.data["seen_version"] = now
                raise forms.ValidationError(
                    _("Somebody else changed this meanwhile. Save again to overwrite it.")
                )
        return data


@admin.register(User)
class UserAdmin(Choosing, admin.ModelAdmin):
    form = SeenVersionForm
    list_display = ["name", "email", "role", "post", "lead", "is_active"]
    list_filter = ["role", "is_active"]
    list_select_related = ["lead"]
    search_fields = ["name", "email"]
    autocomplete_fields = ["lead"]
    fields = ["email", "name", "role", "post", "phone", "lead", "time_zone", "is_active",
              "seen_version"]  # fmt: skip
    add_fields = ["email", "name", "role", "usable_password", "password1", "password2"]

    def get_form(self, request, obj=None, **kwargs):
        if obj is None:
            kwargs["form"] = NewUserForm
        return super().get_form(request, obj, **kwargs)

    def get_fields(self, request, obj=None):
        return self.fields if obj else self.add_fields

    def save_model(self, request, obj, form, change):
        """With another address the old one no longer signs in. The user's own page is told, and
        what this form does not show, like the password, is not its to write."""
        if not change:
            obj.save()
            return
        obj.version += 1
        columns = {field.name for field in obj._meta.concrete_fields}
        obj.save(update_fields=[*columns.intersection(form.cleaned_data), "version"])
        if "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj).delete()

    def has_delete_permission(self, request, obj=None):
        """Users are closed, never deleted: their work stays on record."""
        return False


@admin.register(Holiday)
class HolidayAdmin(admin.ModelAdmin):
    """To look at: the office's page writes them all at once, and asks whether somebody else did."""

    list_display = ["date", "name"]
    date_hierarchy = "date"

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
