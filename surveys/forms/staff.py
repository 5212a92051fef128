"""Forms of questionnaires and waves: parse and check, never save."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Row, Submit
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.fields import SubmitKeyField, VersionField
from agencies.models import Agency, Person
from crm_portal.layouts import More
from crm_portal.widgets import CheckChips, DateInput
from surveys.models import Question, Questionnaire, Wave

MOST_REMINDERS = 6
FARTHEST_YEAR = 2100


def _helper(form, *rows, button):
    form.helper = FormHelper()
    form.helper.layout = Layout(*rows)
    form.helper.add_input(button)


class OwnDate(forms.DateField):
    """A date of our own times: a slip in the year is told at once."""

    widget = DateInput

    def clean(self, value):
        date = super().clean(value)
        if date is not None and not 2000 <= date.year <= FARTHEST_YEAR:
            raise forms.ValidationError(_("Check the year."))
        return date


class Lines(forms.CharField):
    """A list, one item a line; each once."""

    widget = forms.Textarea(attrs={"rows": 5})

    def prepare_value(self, value):
        return value if isinstance(value, str) or value is None else "\n".join(value)

    def clean(self, value):
        lines = [line.strip() for line in super().clean(value).splitlines()]
        if any(len(line) > 120 for line in lines):
            raise forms.ValidationError(_("Shorten each line to 120 characters."))
        return list(dict.fromkeys(line for line in lines if line))


class QuestionnaireForm(forms.ModelForm):
    submit_key = SubmitKeyField()
    version = VersionField()
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes it takes"), min_value=1, max_value=120, initial=5
    )

    class Meta:
        model = Questionnaire
        fields = ["title", "introduction", "minutes"]
        widgets = {"introduction": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("version", self.instance.version)
        _helper(
            self,
            "submit_key",
            "version",
            "title",
            "introduction",
            "minutes",
            button=Submit("save", _("Save")),
        )


class CopyForm(forms.Form):
    submit_key = SubmitKeyField()
    title = forms.CharField(label=gettext_lazy("Title of the copy"), max_length=120)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _helper(self, "submit_key", "title", button=Submit("save", _("Copy")))


class QuestionForm(forms.ModelForm):
    """One question. Its condition is on an earlier one of the same list."""

    submit_key = SubmitKeyField()
    version = VersionField()
    lineage = forms.SlugField(
        label=gettext_lazy("Lineage"),
        required=False,
        help_text=gettext_lazy(
            "The same in every year joins the trend. Change it when the scale or the meaning "
            "changes. Empty: made from the topic."
        ),
    )
    options = Lines(
        label=gettext_lazy("Options"),
        required=False,
        help_text=gettext_lazy("For choices: one a line."),
    )
    show_if_values = Lines(
        label=gettext_lazy("when the answer was one of"),
        required=False,
        help_text=gettext_lazy("One a line: a number, or an option exactly as it is written."),
    )

    class Meta:
        model = Question
        fields = [
            "text", "kind", "topic", "options", "help_text", "required", "section", "show_if",
            "show_if_values", "lineage",
        ]  # fmt: skip

    def __init__(self, *args, questionnaire, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("version", questionnaire.version)
        earlier = questionnaire.questions.exclude(kind__in=["short_text", "long_text"])
        if self.instance.pk:
            earlier = earlier.filter(position__lt=self.instance.position)
        self.fields["show_if"].queryset = earlier.order_by("position")
        self.fields["show_if"].empty_label = _("always asked")
        _helper(
            self,
            "submit_key",
            "version",
            "text",
            Row("kind", "topic"),
            "options",
            "help_text",
            "required",
            "section",
            More(_("Only after another answer"), "show_if", "show_if_values"),
            More(_("Identity across years"), "lineage"),
            button=Submit("save", _("Save")),
        )


class ReminderDays(forms.CharField):
    """ "7, 14, 21" as a list of numbers."""

    def prepare_value(self, value):
        return value if isinstance(value, str) or value is None else ", ".join(map(str, value))

    def clean(self, value):
        parts = super().clean(value).replace(",", " ").split()
        if not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
            raise forms.ValidationError(_("Write days as numbers, like 7, 14, 21."))
        days = sorted({int(part) for part in parts})
        if 0 in days or len(days) > MOST_REMINDERS:
            raise forms.ValidationError(
                _("Write at most %(n)s days, each at least 1."), params={"n": MOST_REMINDERS}
            )
        return days


class AudienceForm(forms.Form):
    """Whom a wave asks; also by itself, to count them while the wave is prepared."""

    audience_levels = forms.MultipleChoiceField(
        label=gettext_lazy("Only these levels"),
        required=False,
        choices=Person.Level.choices,
        widget=CheckChips,
        help_text=gettext_lazy("None chosen: everybody who answers surveys."),
    )
    audience_tiers = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Only these tiers"),
        required=False,
        coerce=int,
        choices=Agency._meta.get_field("tier").choices,
        widget=CheckChips,
    )


class WaveForm(AudienceForm, forms.ModelForm):
    submit_key = SubmitKeyField()
    version = VersionField()
    opens_on = OwnDate(label=gettext_lazy("Opens on"))
    closes_on = OwnDate(label=gettext_lazy("Last day"))
    threshold = forms.IntegerField(
        label=gettext_lazy("A rating below this raises a concern"),
        min_value=1,
        max_value=5,
        initial=4,
    )
    reminder_days = ReminderDays(
        label=gettext_lazy("Remind this many days after opening"),
        required=False,
        initial="7, 14, 21",
        help_text=gettext_lazy(
            "Whoever has not answered gets a letter at each step, and at the last one a call "
            "from the liaison instead."
        ),
    )

    class Meta:
        model = Wave
        fields = [
            "title", "questionnaire", "opens_on", "closes_on", "reminder_days", "threshold",
            "audience_levels", "audience_tiers",
        ]  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("version", self.instance.version)
        if self.instance.pk is None:
            self.initial["reminder_days"] = "7, 14, 21"
        _helper(
            self,
            "submit_key",
            "version",
            "title",
            "questionnaire",
            Row("opens_on", "closes_on"),
            "audience_levels",
            "audience_tiers",
            "reminder_days",
            "threshold",
            button=Submit("save", _("Save")),
        )

    def _post_clean(self):
        """The dates are checked by the service; the database's own words help nobody."""


class ExtendForm(forms.Form):
    closes_on = OwnDate(label=gettext_lazy("New last day"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _helper(self, "closes_on", button=Submit("save", _("Give more time")))


class ResultsFilter(forms.Form):
    """Results of one of the user's agencies, or of one topic. Anything else is ignored."""

    agency = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    topic = forms.ChoiceField(label=gettext_lazy("Topic"), required=False)

    def __init__(self, *args, agencies, topics, words, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency"].label = words.Agency
        self.fields["agency"].choices = [("", _("all")), *agencies]
        self.fields["topic"].choices = [("", _("all")), *((topic, topic) for topic in topics)]
        self.is_valid()

    @property
    def chosen(self):
        return {
            "agency": self.cleaned_data.get("agency"),
            "topic": self.cleaned_data.get("topic", ""),
        }
