"""Accounts in the admin site, behind the same sign-in as everything else."""

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.forms import AdminUserCreationForm
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import AddressChange, Holiday, User
from accounts.services import addresses, second_factors, sessions
from crm_portal.lib.refusals import Refusal
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
    actions = ["reset_second_factors", "confirm_addresses", "end_sessions"]
    add_fields = ["email", "name", "role", "usable_password", "password1", "password2"]

    def get_form(self, request, obj=None, **kwargs):
        if obj is None:
            kwargs["form"] = NewUserForm
        return super().get_form(request, obj, **kwargs)

    def get_fields(self, request, obj=None):
        return self.fields if obj else self.add_fields

    def save_model(self, request, obj, form, change):
        """The user's own page is told, and what this form does not show, like the password, is not
        its to write. Another address is a service of its own: it tells the old one."""
        if not change:
            obj.save()
            return
        obj.version += 1
        columns = {field.name for field in obj._meta.concrete_fields} - {"email"}
        obj.save(update_fields=[*columns.intersection(form.cleaned_data), "version"])
        if "email" in form.changed_data:
            new_address, obj.email = obj.email, form.initial["email"]
            try:
                addresses.change_address(
                    user=obj, new_address=new_address, by=request.user, now=timezone.now()
                )
            except Refusal as refusal:
                self.message_user(request, str(refusal), level="ERROR")

    @admin.action(description=gettext_lazy("Take away second factors and passkeys (a lost device)"))
    def reset_second_factors(self, request, users):
        """They sign in with the password and set up a new one. A letter tells them."""
        if not _is_confirmed(request):
            return self._ask(request, users, "reset_second_factors")
        counts = [
            second_factors.reset_second_factors(user=user, by=request.user, now=timezone.now())
            for user in users
        ]
        done = sum(1 for count in counts if count)
        self._tell(request, users, "reset second factors")
        text = ngettext(
            "%(count)d user has no second factor any more and was signed out.",
            "%(count)d users have no second factor any more and were signed out.",
            done,
        )
        self.message_user(request, text % {"count": done})
        return None

    @admin.action(description=gettext_lazy("Confirm the addresses that they have asked for"))
    def confirm_addresses(self, request, users):
        """For whom no letter reaches at the new address."""
        changes = AddressChange.objects.filter(user__in=users).select_related("user")
        if not changes:
            self.message_user(request, _("None of them has asked for another address."))
            return None
        if not _is_confirmed(request):
            return self._ask(request, users, "confirm_addresses", changes=changes)
        for change in changes:
            try:
                addresses.confirm_address(change=change, by=request.user, now=timezone.now())
            except Refusal as refusal:
                self.message_user(request, f"{change.user}: {refusal}", level="ERROR")
            else:
                self.message_user(
                    request,
                    _("%(user)s signs in with %(address)s now.")
                    % {"user": change.user, "address": change.new_address},
                )
        self._tell(request, users, "confirmed sign-in address")
        return None

    @admin.action(description=gettext_lazy("Sign them out everywhere"))
    def end_sessions(self, request, users):
        if not _is_confirmed(request):
            return self._ask(request, users, "end_sessions")
        for user in users:
            sessions.end_sessions(user=user, by=request.user)
        self._tell(request, users, "ended sessions")
        self.message_user(request, _("They were signed out on every device."))
        return None

    def _ask(self, request, users, action, **context):
        """The page that names the users and asks once more."""
        context = {
            **self.admin_site.each_context(request),
            "title": self.get_action(action)[2],
            "opts": self.model._meta,
            "users": users,
            "action": action,
            "consequence": _CONSEQUENCES[action],
            "checkbox": ACTION_CHECKBOX_NAME,
            **context,
        }
        return render(request, "admin/accounts/user/confirm_action.html", context)

    def _tell(self, request, users, what):
        """The user's history in the admin site says so, too."""
        for user in users:
            self.log_change(request, user, what)

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


_CONSEQUENCES = {
    "reset_second_factors": gettext_lazy(
        "They are signed out everywhere, and a letter tells them that you did it. Until they set "
        "up another second factor, the password alone lets them in. Be sure who is asking."
    ),
    "confirm_addresses": gettext_lazy(
        "They sign in with the new address from now on and are signed out everywhere. A letter to "
        "the old one tells it. Be sure that the new address is theirs."
    ),
    "end_sessions": gettext_lazy("They have to sign in again, on every device."),
}


def _is_confirmed(request):
    return request.POST.get("confirmed") == "yes"
