"""What a script sends while somebody types."""

from django import forms

from agencies.forms.meetings import MeetingForm

MAX_FIELDS = 40
MAX_LENGTH = 25_000
MAX_SEQUENCE = 2**53
# They belong to the page and not to what is written on it.
OF_THE_PAGE = {"submit_key", "version", "find"}
KEPT = {*MeetingForm.base_fields, "held_at_which"} - OF_THE_PAGE


class DraftForm(forms.Form):
    """The names of the changed fields, their values, and how new they are: one number for all of
    them, or one for each in their order."""

    autosave_sequence = forms.IntegerField(min_value=0, max_value=MAX_SEQUENCE)
    submit_key = forms.UUIDField(required=False)

    def clean(self):
        names = self.data.getlist("autosave_field")
        if len(names) > MAX_FIELDS or sum(map(len, self._values(names))) > MAX_LENGTH:
            raise forms.ValidationError("Too much.")
        counter, texts = self.fields["autosave_sequence"], self.data.getlist("autosave_sequence")
        numbers = [counter.clean(text) for text in texts]
        if len(numbers) == 1:
            numbers *= len(names)
        if len(numbers) != len(names):
            raise forms.ValidationError("Every field has a number.")
        self.sequences = dict(zip(names, numbers, strict=True))
        return super().clean()

    def _values(self, names):
        return [value for name in names for value in self.data.getlist(name)]

    def changes(self):
        """{field: list of values}; PostgreSQL's JSON takes no zero byte."""
        return {
            name: [value.replace("\0", "") for value in self.data.getlist(name)]
            for name in self.data.getlist("autosave_field")
            if name in KEPT
        }
