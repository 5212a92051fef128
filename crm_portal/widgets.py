"""Controls beyond Django's own. How they look is said here, drawn by the template pack `uswds`."""

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_portal.lib.local_times import FIRST, SECOND, instants, which_of_two


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
    """Date and time in the time zone that the page is shown in, for `fields.LocalDateTimeField`.

    The browser's control knows no offset. Below a time that came twice stand two choices, sent as
    `<name>_which`; with any other time they mean nothing.
    """

    input_type = "datetime-local"
    choices = [
        (FIRST, gettext_lazy("the first time, before the clocks went back")),
        (SECOND, gettext_lazy("the second time, after the clocks went back")),
    ]

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")

    @classmethod
    def as_sent(cls, name, instant):
        """What a form with this instant in it sends; no seconds."""
        sent = {name: f"{timezone.localtime(instant):%Y-%m-%dT%H:%M}"}
        which = which_of_two(instant)
        return {**sent, f"{name}_which": which} if which else sent

    def value_from_datadict(self, data, files, name):
        return [data.get(name), data.get(f"{name}_which", "")]

    def format_value(self, value):
        return super().format_value(value[0] if isinstance(value, list) else value)

    def render(self, name, value, attrs=None, renderer=None):
        control = super().render(name, value, attrs, renderer)
        if not _came_twice(self.format_value(value)):
            return control
        chosen = value[1] if isinstance(value, list) else _which_of(value)
        choices = format_html_join(
            "",
            '<div class="usa-radio"><input class="usa-radio__input" type="radio" name="{0}_which" '
            'value="{1}" id="{2}_{1}"{3}><label class="usa-radio__label" for="{2}_{1}">{4}</label>'
            "</div>",
            (
                (name, which, (attrs or {}).get("id", name), " checked" * (which == chosen), words)
                for which, words in self.choices
            ),
        )
        return format_html(
            '{}<fieldset class="usa-fieldset"><legend class="usa-legend">{}</legend>'
            '<div class="choices">{}</div></fieldset>',
            control,
            _("The clocks showed this twice that night. Which one?"),
            choices,
        )


def _which_of(value):
    """Of a time that a form starts from, not of text."""
    return {0: FIRST, 1: SECOND}.get(getattr(value, "fold", None), "")


def _came_twice(text):
    try:
        local = parse_datetime(text or "")
    except ValueError:
        return False
    if local is None or timezone.is_aware(local):
        return False
    return len(instants(local, timezone.get_current_timezone())) == 2


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
