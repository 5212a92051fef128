"""Forms of the import: upload, columns, decisions, and the yes."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.fields import SubmitKeyField
from agencies.forms.numbers import number
from agencies.imports.columns import FIELDS
from agencies.imports.matching import DIFFERENT, SAME
from agencies.imports.reading import ENCODINGS, MAX_BYTES
from agencies.imports.states import STATES

STATE_CHOICES = [("", gettext_lazy("none")), *STATES.items()]


class UploadForm(forms.Form):
    """A file, and the state of rows that name none."""

    file = forms.FileField(
        label=gettext_lazy("Spreadsheet"),
        help_text=gettext_lazy("A CSV file with headings in its first row, of at most 20 MB."),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )
    default_state = forms.ChoiceField(
        label=gettext_lazy("State of rows that name none"), choices=STATE_CHOICES, required=False
    )
    submit_key = SubmitKeyField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.add_input(Submit("upload", gettext_lazy("Look at it")))

    def clean_file(self):
        """The file's bytes. A file that is too large is not read at all."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(size)s MB. Split it, or leave out columns."),
                params={"size": MAX_BYTES // 1_000_000},
            )
        self.file_name = file.name
        return file.read()


class ColumnsForm(forms.Form):
    """Which column holds what."""

    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), choices=list(ENCODINGS.items()))
    default_state = forms.ChoiceField(
        label=gettext_lazy("State of rows that name none"), choices=STATE_CHOICES, required=False
    )

    def __init__(self, *args, headings, draft, **kwargs):
        super().__init__(*args, **kwargs)
        if draft.encoding not in ENCODINGS:
            self.fields["encoding"].choices = [
                (draft.encoding, draft.encoding.upper()), *ENCODINGS.items()
            ]  # fmt: skip
        self.initial = {"encoding": draft.encoding, "default_state": draft.default_state}
        choices = [(str(at), heading or f"#{at + 1}") for at, heading in enumerate(headings)]
        for name, label in FIELDS.items():
            self.fields[f"column_{name}"] = forms.ChoiceField(
                label=label,
                choices=choices if name == "name" else [("", gettext_lazy("none")), *choices],
                required=name == "name",
                initial=str(draft.columns.get(name, "")),
            )

    def mapping(self):
        """{field: number of the column}."""
        chosen = {name: number(self.cleaned_data[f"column_{name}"]) for name in FIELDS}
        return {name: at for name, at in chosen.items() if at is not None}


class DecisionsForm(forms.Form):
    """What a person says about pairs. `rest` is for all that they say nothing about."""

    rest = forms.ChoiceField(
        required=False, choices=[("", ""), (SAME, SAME), (DIFFERENT, DIFFERENT)]
    )
    leave_out_errors = forms.BooleanField(required=False)

    def decisions(self, undecided):
        """{pair: same or different}; `undecided` are the pairs that `rest` answers."""
        said = {
            name.removeprefix("pair-"): value
            for name, value in self.data.items()
            if name.startswith("pair-") and value in (SAME, DIFFERENT)
        }
        rest = self.cleaned_data.get("rest")
        if rest:
            said = {**dict.fromkeys((pair.id for pair in undecided), rest), **said}
        return said


class ConfirmForm(forms.Form):
    """The yes, to exactly what was shown."""

    fingerprint = forms.CharField(max_length=64, widget=forms.HiddenInput)
    submit_key = SubmitKeyField()
