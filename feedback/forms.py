"""Forms of concerns and actions: parse and check, never save."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout, Row, Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import SubmitKeyField
from accounts.models import User
from accounts.vocabulary import term
from agencies.forms.registry import PlausibleDate
from agencies.models import Person
from crm_portal.widgets import DateInput
from feedback.models import ReportBack


def _helper(button, *, action=""):
    helper = FormHelper()
    helper.form_action = action
    helper.add_input(button)
    return helper


def _words(label, *, help_text="", limit=5000, rows=4):
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=limit,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class AnswerForm(forms.Form):
    """What the ways to answer a concern carry: the version of it that the user saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    submit_key = SubmitKeyField()


class OpenActionForm(AnswerForm):
    """An action for one agency, with or without a concern."""

    prefix = "action"
    what = forms.CharField(label=_("What will be done"), max_length=300)
    owner = forms.ModelChoiceField(
        label=_("Who does it"), queryset=User.objects.none(), empty_label=_("choose somebody")
    )
    due_on = PlausibleDate(label=_("Until when"), widget=DateInput)

    def __init__(self, *args, owners, address="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners
        self.helper = _helper(Submit("save", _("Open the action")), action=address)
        self.helper.layout = Layout("version", "submit_key", "what", Row("owner", "due_on"))


class ReplyForm(AnswerForm):
    prefix = "reply"
    text = _words(_("Our reply"), help_text=_("It is sent to whom raised it, in these words."))

    def __init__(self, *args, address="", **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = _helper(Submit("save", _("Send the reply")), action=address)


class DeclineForm(AnswerForm):
    prefix = "decline"
    reason = _words(_("Why not"), help_text=_("It is sent to whom raised it, in these words."))

    def __init__(self, *args, address="", **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = _helper(Submit("save", _("Decline, and say why")), action=address)


class AskForm(AnswerForm):
    """Whom to tell, where the raiser cannot be reached."""

    prefix = "ask"
    person = forms.ModelChoiceField(
        label=_("Whom shall we tell"),
        queryset=Person.objects.none(),
        empty_label=_("choose somebody"),
    )
    did = _words(_("What was done"), help_text=_("They will read it in these words."))

    def __init__(self, *args, people, address="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people
        self.helper = _helper(Submit("save", _("Report back")), action=address)


class RaiseForm(forms.Form):
    """What somebody told us, outside of a survey."""

    submit_key = SubmitKeyField()
    quote = _words(
        _("In their words"), help_text=_("As they said it. It stays unchanged."), limit=10_000
    )
    person = forms.ModelChoiceField(
        label=_("Who said it"),
        queryset=Person.objects.none(),
        required=False,
        empty_label=_("nobody is named"),
        help_text=_("They hear what came of it."),
    )
    topic = forms.CharField(label=_("Topic"), max_length=40, required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people
        self.helper = _helper(Submit("save", _("Raise the concern")))


class ChooseAgencyForm(forms.Form):
    """The first step where an address does not say which agency is meant."""

    agency = forms.ModelChoiceField(
        label=term("Agency"), queryset=None, empty_label=_("choose one")
    )
    meeting = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, agencies, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.add_input(Submit("go", _("Go on")))


# ---- One step of an action -----------------------------------------------------------------------


class StepForm(forms.Form):
    """What all steps carry: the version that the user saw, and where to go afterwards.

    Each has its own `button()`.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    submit_key = SubmitKeyField()
    next = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, action, owners, address, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["version"] = action.version
        self.helper = _helper(self.button(), action=address)


class NoteForm(StepForm):
    text = _words(_("How does it stand?"), rows=3)

    def button(self):
        return Submit("save", _("Save the note"), css_class="usa-button--outline")


class CompleteForm(StepForm):
    outcome = _words(
        _("What was done"), help_text=_("In plain words: whom it concerns will read this.")
    )

    def button(self):
        return Submit("save", _("Done"))


class DropForm(StepForm):
    why = _words(_("Why it will not be done"), rows=3)

    def button(self):
        return Submit("save", _("Drop the action"))


class DueForm(StepForm):
    due_on = PlausibleDate(label=_("New date"), widget=DateInput)
    why = _words(_("Why it changes"), rows=2)

    def button(self):
        return Submit("save", _("Set the new date"))


class HandOverForm(StepForm):
    to = forms.ModelChoiceField(
        label=_("Who does it from now on"),
        queryset=User.objects.none(),
        empty_label=_("choose somebody"),
    )

    def button(self):
        return Submit("save", _("Hand over"))

    def __init__(self, *args, action, owners, **kwargs):
        super().__init__(*args, action=action, owners=owners, **kwargs)
        self.fields["to"].queryset = owners.exclude(pk=action.owner_id)


# ---- The raiser ----------------------------------------------------------------------------------


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(choices=ReportBack.Verdict)
    words = forms.CharField(
        label=_("In your words"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(Field("words"))
