"""What a script sends while somebody types."""

from django import forms

MAX_FIELDS = 40
MAX_LENGTH = 25_000


class DraftForm(forms.Form):
    """A sequence number, the names of the changed fields, and their values."""

    autosave_sequence = forms.IntegerField(min_value=0, max_value=2**53)

    def clean(self):
        names = self.data.getlist("autosave_field")
        if len(names) > MAX_FIELDS or sum(map(len, self._values(names))) > MAX_LENGTH:
            raise forms.ValidationError("Too much.")
        return super().clean()

    def _values(self, names):
        return [value for name in names for value in self.data.getlist(name)]

    def changes(self):
        """{field: list of values}; PostgreSQL's JSON takes no zero byte."""
        return {
            name[:40]: [value.replace("\0", "") for value in self.data.getlist(name)]
            for name in self.data.getlist("autosave_field")
            if name != "submit_key"
        }
