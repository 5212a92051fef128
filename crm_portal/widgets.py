"""Controls beyond Django's own. How they look is said here, drawn by the template pack `uswds`."""

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect


class DateInput(forms.DateInput):
    """A date with the browser's own picker."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%H:%M")


class DateTimeInput(forms.DateTimeInput):
    """Date and time in the time zone that the page is shown in."""

    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class PlainRadios(forms.RadioSelect):
    look = "plain"


class Chips(forms.RadioSelect):
    """A few short choices, one tap each."""

    look = "chips"


class CheckChips(forms.CheckboxSelectMultiple):
    look = "chips"


class AnswerCards(forms.RadioSelect):
    """A question's answers as large cards. `across` puts them side by side on desks.

    With `marks` each card shows its value, for scales like 1 to 5.
    """

    look = "cards"

    def __init__(self, attrs=None, choices=(), *, marks=False, across=False):
        super().__init__(attrs, choices)
        self.marks = marks
        self.across = across


class CheckCards(forms.CheckboxSelectMultiple):
    """Several answers to one question."""

    look = "cards"


class Scale(forms.RadioSelect):
    """0 to 10 in a row; `ends` are the words at its two ends."""

    look = "scale"

    def __init__(self, attrs=None, choices=(), *, ends=("", "")):
        super().__init__(attrs, choices)
        self.ends = ends


class Autocomplete(AutocompleteSelect):
    """The admin site's choice of a row. A value that is no row's number is left out when the form
    is shown again: Django would ask the database for it, and break."""

    def optgroups(self, name, value, attrs=None):
        numbers = [part for part in value if not part or str(part).isdecimal()]
        return super().optgroups(name, numbers, attrs)
