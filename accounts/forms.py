"""Forms for the user's own profile and the office's."""

import zoneinfo

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import SubmitKeyField, VersionField
from accounts.models import Holiday, Office, User
from accounts.states import STATES, holidays_of
from crm_portal.lib import pictures

LOGO_BYTES = 200_000


def time_zone_choices():
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]


class ProfileForm(forms.ModelForm):
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [("", _("the office's")), *time_zone_choices()],
    )
    version = VersionField()
    submit_key = SubmitKeyField()

    class Meta:
        model = User
        fields = ["name", "phone", "time_zone", "theme"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("version", self.instance.version)
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", _("Save")))


class AddressForm(forms.Form):
    new_address = forms.EmailField(
        label=_("New address"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.add_input(Submit("ask", _("Send a link to this address")))


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(choices=User.Theme)


class OfficeForm(forms.ModelForm):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices)
    logo_file = forms.FileField(
        label=_("Logo"), required=False, help_text=_("A PNG picture of at most 200 kB.")
    )
    remove_logo = forms.BooleanField(label=_("Show no logo"), required=False)
    holidays = forms.CharField(
        label=_("Holidays"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("One a line: the date, then its name, like “2027-01-01 New Year”."),
    )
    version = VersionField()
    submit_key = SubmitKeyField()

    class Meta:
        model = Office
        fields = [
            "name", "short_name", "state", "vocabulary", "time_zone", "fiscal_year_starts",
            "opens_at", "closes_at", "remind_days_before", "rung_days",
            "visit_days_tier_1", "visit_days_tier_2", "visit_days_tier_3", "contact_days",
        ]  # fmt: skip
        help_texts = {
            "fiscal_year_starts": _(
                "1 to 12. For reports by fiscal year; no page counts by it yet."
            ),
        }
        widgets = {
            "opens_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "closes_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("version", self.instance.version)
        self.initial.setdefault(
            "holidays", "\n".join(str(holiday) for holiday in Holiday.objects.all())
        )
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", _("Save")))
        self.helper.add_input(
            Submit("fill_in", _("Add the state's holidays"), css_class="usa-button--outline")
        )

    def clean_state(self):
        state = self.cleaned_data["state"].upper()
        if state not in STATES:
            raise forms.ValidationError(_("Write the two letters of a state, like CO."))
        return state

    def clean_logo_file(self):
        """The picture's bytes. Only PNG: it cannot carry a script."""
        upload = self.cleaned_data["logo_file"]
        if upload is None:
            return None
        if upload.size > LOGO_BYTES:
            raise forms.ValidationError(_("Choose a picture of at most 200 kB."))
        content = upload.read()
        if not content.startswith(pictures.SIGNATURE):
            raise forms.ValidationError(_("Choose a PNG picture."))
        if not pictures.is_whole_png(content):
            raise forms.ValidationError(
                _("This picture is damaged or very large. Save it again as a PNG, then choose it.")
            )
        return content

    def clean_holidays(self):
        """Pairs of date and name; each date once."""
        holidays = {}
        for number, line in enumerate(self.cleaned_data["holidays"].splitlines(), start=1):
            if not line.strip():
                continue
            date_text, _space, name = line.strip().partition(" ")
            try:
                date = forms.DateField().clean(date_text)
            except forms.ValidationError:
                date = None
            if date is None or not name.strip():
                raise forms.ValidationError(
                    _("Line %(number)s: write a date and a name, like “2027-01-01 New Year”."),
                    params={"number": number},
                )
            holidays[date] = name.strip()[:80]
        return holidays


def with_state_holidays(sent, *, years):
    """What the user wrote into the office's form, with those holidays of the state added that it
    does not name; None if it names no state."""
    state = sent.get("state", "").strip().upper()
    if state not in STATES:
        return None
    lines = [line.strip() for line in sent.get("holidays", "").splitlines() if line.strip()]
    named = {line.split()[0] for line in lines}
    lines += [f"{day} {name}" for day, name in holidays_of(state, years=years).items()
              if str(day) not in named]  # fmt: skip
    return {**sent, "holidays": "\n".join(sorted(lines))}
