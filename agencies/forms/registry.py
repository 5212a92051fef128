"""Forms of agencies, their people and their liaisons: parse and check, never save."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Row, Submit
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.fields import SubmitKeyField
from accounts.models import User
from agencies.imports.states import code_of
from agencies.models import Agency, Assignment, Person
from crm_portal.widgets import Chips, DateInput

OLDEST_YEAR = 1900


class PlausibleDate(forms.DateField):
    """A date of our own times: a slip in the year is told at once."""

    widget = DateInput

    def clean(self, value):
        date = super().clean(value)
        if date is not None and not OLDEST_YEAR <= date.year <= 2100:
            raise forms.ValidationError(_("Check the year."))
        return date


def _helper(form, *rows, button, action=""):
    form.helper = FormHelper()
    form.helper.form_action = action
    form.helper.layout = Layout(*rows)
    form.helper.add_input(button)


class AgencyForm(forms.ModelForm):
    """The facts of an agency, new or known."""

    closed_on = PlausibleDate(label=gettext_lazy("Closed on"), required=False)
    submit_key = SubmitKeyField()
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Agency
        fields = [
            "name", "acronym", "state", "parent", "tier", "governance", "branch", "cabinet",
            "city", "head_count",
        ]  # fmt: skip

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("closed_on", self.instance.closed_on)
        self.initial.setdefault("version", self.instance.version)
        parents = Agency.objects.visible_to(user).order_by("name")
        self.fields["parent"].queryset = parents.exclude(pk=self.instance.pk)
        self.fields["parent"].empty_label = ""
        _helper(
            self,
            "submit_key", "version", "name", Row("acronym", "state"), "parent",
            Row("tier", "governance"), Row("branch", "cabinet"), Row("city", "head_count"),
            "closed_on", button=Submit("save", gettext_lazy("Save")),
        )  # fmt: skip

    def _get_validation_exclusions(self):
        # Without the state Django leaves the check for a taken name to the service: a form that
        # is sent twice must not stumble over its own first sending.
        return {*super()._get_validation_exclusions(), "state"}

    def clean_state(self):
        code = code_of(self.cleaned_data["state"])
        if not code:
            raise forms.ValidationError(_("Write the two letters of a state."))
        return code

    def clean_head_count(self):
        count = self.cleaned_data["head_count"]
        if count is not None and count > 10_000_000:
            raise forms.ValidationError(_("Check the number; it is larger than any."))
        return count


class PersonForm(forms.ModelForm):
    """Somebody at an agency."""

    since = PlausibleDate(label=gettext_lazy("Since"), required=False)
    submit_key = SubmitKeyField()
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Person
        fields = ["name", "email", "phone", "title", "role", "level", "since", "is_respondent"]
        widgets = {"level": Chips}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("version", self.instance.version)
        _helper(
            self,
            "submit_key", "version", "name", "title", Row("email", "phone"), "role", "level",
            "since", "is_respondent", button=Submit("save", gettext_lazy("Save")),
        )  # fmt: skip

    def clean_email(self):
        return self.cleaned_data["email"].strip().lower()


class LeftForm(forms.Form):
    """The day on which a person left."""

    left_on = PlausibleDate(label=gettext_lazy("Last day there"))

    def __init__(self, *args, today, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.today, self.person = today, person
        self.initial.setdefault("left_on", today)
        _helper(self, "left_on", button=Submit("save", gettext_lazy("Mark as left")))

    def clean_left_on(self):
        date = self.cleaned_data["left_on"]
        if date > self.today:
            raise forms.ValidationError(_("Mark them as left once they have gone."))
        if self.person.since and date < self.person.since:
            raise forms.ValidationError(_("This is before their first day there."))
        return date


class AssignForm(forms.Form):
    """Somebody looks after the agency."""

    user = forms.ModelChoiceField(
        label=gettext_lazy("Who"), queryset=User.objects.none(), empty_label=""
    )
    role = forms.ChoiceField(
        label=gettext_lazy("As"), choices=Assignment.Role, widget=Chips, initial="primary"
    )
    starts_on = PlausibleDate(label=gettext_lazy("From"))
    until = PlausibleDate(
        label=gettext_lazy("Until"),
        required=False,
        help_text=gettext_lazy("The last day. Empty: until somebody ends it."),
    )
    submit_key = SubmitKeyField()

    def __init__(self, *args, today, action, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("starts_on", today)
        self.fields["user"].queryset = User.objects.staff_of_office()
        _helper(
            self,
            "submit_key", "user", "role", Row("starts_on", "until"),
            button=Submit("save", gettext_lazy("Assign"), css_class="usa-button--outline"),
            action=action,
        )  # fmt: skip

    def clean(self):
        data = super().clean()
        starts_on, until = data.get("starts_on"), data.get("until")
        if starts_on and until and until < starts_on:
            self.add_error("until", _("The last day is before the first. Correct one."))
        return data


class HandOverForm(forms.Form):
    """Another primary liaison from a day on, without a gap."""

    prefix = "hand_over"
    to = forms.ModelChoiceField(
        label=gettext_lazy("To"), queryset=User.objects.none(), empty_label=""
    )
    on = PlausibleDate(
        label=gettext_lazy("From"),
        help_text=gettext_lazy("The one before ends the day before."),
    )
    submit_key = SubmitKeyField()

    def __init__(self, *args, today, action, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", today)
        self.fields["to"].queryset = User.objects.staff_of_office()
        _helper(
            self, "submit_key", Row("to", "on"),
            button=Submit("save", gettext_lazy("Hand over"), css_class="usa-button--outline"),
            action=action,
        )  # fmt: skip


class EndForm(forms.Form):
    """The last day of an assignment."""

    on = PlausibleDate(label=gettext_lazy("Last day"))

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", today)


class SplitForm(forms.Form):
    """What the spelling's own agency is called."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
