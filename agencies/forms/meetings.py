"""The form of a meeting: five fields in sight, two of them required."""

from django import forms
from django.utils.choices import CallableChoiceIterator
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.fields import SubmitKeyField
from accounts.models import User
from accounts.vocabulary import term, words
from agencies.models import Agency, Meeting, Person
from agencies.services.meetings import CLOCK_SKEW
from crm_portal.fields import LocalDateTimeField
from crm_portal.widgets import CheckChips, Chips, DateTimeInput

OLDEST_YEAR = 1990


def capitalised(choices):
    """The labels as they stand alone, on a button."""
    return lambda: [(value, capfirst(label)) for value, label in choices.choices]


class MeetingForm(forms.Form):
    """`picker` says which agencies and people are offered; any visible one is accepted."""

    agencies = forms.ModelMultipleChoiceField(
        label=term("Agency"), queryset=Agency.objects.none(), required=False, widget=CheckChips
    )
    find = forms.CharField(label=gettext_lazy("Find by name"), required=False, max_length=100)
    mode = forms.ChoiceField(
        label=gettext_lazy("How"), choices=capitalised(Meeting.Mode), widget=Chips
    )
    mood = forms.TypedChoiceField(
        label=gettext_lazy("How was it?"),
        help_text=gettext_lazy("Your own impression."),
        choices=capitalised(Meeting.Mood),
        coerce=int,
        empty_value=None,
        required=False,
        widget=Chips,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    people = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Who was there"),
        queryset=Person.objects.none(),
        required=False,
        widget=CheckChips,
    )
    colleagues = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Colleagues who were there"),
        queryset=User.objects.none(),
        required=False,
        widget=CheckChips,
    )
    held_at = LocalDateTimeField(label=gettext_lazy("When"))
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"), required=False, min_value=1, max_value=24 * 60
    )
    restricted = forms.BooleanField(
        label=gettext_lazy("Restricted"),
        help_text=gettext_lazy("Only you, who was there, and the CCO read it."),
        required=False,
    )
    submit_key = SubmitKeyField()
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, picker, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.picker, self.now = picker, now
        if "held_at" not in self.initial:
            self.initial |= DateTimeInput.as_sent("held_at", now)
        offered = {
            "agencies": (Agency.objects.visible_to(user), lambda: picker.agencies),
            "people": (
                Person.objects.visible_to(user).select_related("agency"),
                lambda: picker.people,
            ),
            "colleagues": (
                picker.acceptable_colleagues,
                lambda: picker.colleagues,
            ),
        }
        for name, (accepted, shown) in offered.items():
            self.fields[name].queryset = accepted
            self.fields[name].widget.choices = CallableChoiceIterator(
                lambda shown=shown: [(row.pk, row.name) for row in shown()]
            )

    def get_initial_for_field(self, field, field_name):
        """A time is known as it is sent, from drafts too."""
        if field_name == "held_at":
            return field.widget.value_from_datadict(self.initial, {}, field_name)
        return super().get_initial_for_field(field, field_name)

    def clean(self):
        data = super().clean()
        if "agencies" in data and not data["agencies"]:
            self._take_found(data)
        self._check_people(data)
        return data

    def _take_found(self, data):
        """Without a script, what was typed counts where it can only mean one."""
        found = self.picker.found
        if len(found) == 1:
            data["agencies"] = Agency.objects.filter(pk=found[0].pk)
        elif found:
            self.add_error("agencies", _("Which of these do you mean?"))
        elif data.get("find"):
            sentence = _("No %(agency)s matches “%(text)s”. Try another spelling.")
            self.add_error("find", sentence % {"agency": words().agency, "text": data["find"]})
        else:
            self.add_error("agencies", _("Choose %(an)s.") % {"an": words().an_agency})

    def _check_people(self, data):
        chosen = set(data.get("agencies") or [])
        for person in data.get("people") or []:
            if chosen and person.agency not in chosen:
                sentence = _("%(name)s belongs to %(agency)s. Choose that too, or leave them out.")
                self.add_error("people", sentence % {"name": person.name, "agency": person.agency})

    def clean_held_at(self):
        held_at = self.cleaned_data["held_at"]
        if held_at.year < OLDEST_YEAR:
            raise forms.ValidationError(_("Check the year."))
        if held_at > self.now + CLOCK_SKEW:
            raise forms.ValidationError(
                _("This is still to come. Log a meeting once it has begun.")
            )
        return held_at

    def facts(self):
        """What a service takes."""
        own = {"find", "submit_key", "version"}
        return {name: value for name, value in self.cleaned_data.items() if name not in own}
