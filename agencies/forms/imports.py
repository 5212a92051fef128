"""Forms of the import: upload, columns, decisions, and the yes."""

import hashlib
import uuid

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

DELIMITER_CHOICES = [
    ("comma", gettext_lazy("a comma")),
    ("semicolon", gettext_lazy("a semicolon")),
    ("tab", gettext_lazy("a tab")),
    ("bar", gettext_lazy("a vertical bar")),
    ("none", gettext_lazy("nothing: there is one column only")),
]
HOW_TO_READ = ("encoding", "delimiter", "default_state")
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

    def clean(self):
        """Another file is another upload: who comes back with one is not led to the first."""
        data = super().clean()
        if "file" in data and "submit_key" in data:
            content = hashlib.sha256(data["file"]).hexdigest()
            data["submit_key"] = uuid.uuid5(data["submit_key"], content)
        return data


class ColumnsForm(forms.Form):
    """Which column holds what."""

    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), choices=list(ENCODINGS.items()))
    delimiter = forms.ChoiceField(
        label=gettext_lazy("Between two columns"),
        choices=[("", gettext_lazy("as it looks")), *DELIMITER_CHOICES],
        required=False,
    )
    default_state = forms.ChoiceField(
        label=gettext_lazy("State of rows that name none"), choices=STATE_CHOICES, required=False
    )

    def __init__(self, *args, headings, draft, **kwargs):
        super().__init__(*args, **kwargs)
        if draft.encoding not in ENCODINGS:
            self.fields["encoding"].choices = [
                (draft.encoding, draft.encoding.upper()), *ENCODINGS.items()
            ]  # fmt: skip
        self.initial = {name: getattr(draft, name) for name in HOW_TO_READ}
        choices = [(str(at), heading or f"#{at + 1}") for at, heading in enumerate(headings)]
        for name, label in FIELDS.items():
            self.fields[f"column_{name}"] = forms.ChoiceField(
                label=label,
                choices=choices if name == "name" else [("", gettext_lazy("none")), *choices],
                required=name == "name",
                initial=str(draft.columns.get(name, "")),
            )

    def facts(self):
        """What the service takes; `mapping` is {field: number of the column}."""
        chosen = {name: number(self.cleaned_data[f"column_{name}"]) for name in FIELDS}
        mapping = {name: at for name, at in chosen.items() if at is not None}
        return {"mapping": mapping, **{name: self.cleaned_data[name] for name in HOW_TO_READ}}


class DecisionsForm(forms.Form):
    """What a person says about pairs. `rest` is for all that they were shown and say
    nothing about."""

    rest = forms.ChoiceField(
        required=False, choices=[("", ""), (SAME, SAME), (DIFFERENT, DIFFERENT)]
    )
    leave_out_errors = forms.BooleanField(required=False)

    def decisions(self, pairs):
        """{pair: same or different}, of these pairs only. `rest` answers those that were shown."""
        rest, shown = self.cleaned_data.get("rest"), set(self.data.getlist("shown"))
        said = {}
        for pair in pairs:
            answer = self.data.get(f"pair-{pair.id}")
            if answer in (SAME, DIFFERENT):
                said[pair.id] = answer
            elif rest and pair.id in shown and not pair.decision:
                said[pair.id] = rest
        return said


class ConfirmForm(forms.Form):
    """The yes, to exactly what was shown."""

    fingerprint = forms.CharField(max_length=64, widget=forms.HiddenInput)
    submit_key = SubmitKeyField()
