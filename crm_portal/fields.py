"""Fields beyond Django's own."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext as _

from crm_portal.lib.local_times import FIRST, SECOND, after_gap, instants
from crm_portal.widgets import DateTimeInput


class LocalDateTimeField(forms.DateTimeField):
    """A date and time in the current zone, as an instant.

    Of a time that came twice, in the night in which clocks go back, the form asks which one. A
    time that was skipped, in the night in which they go forward, is refused.
    """

    widget = DateTimeInput

    def to_python(self, value):
        text, which = value if isinstance(value, list) else (value, "")
        try:
            return super().to_python(text)
        except ValidationError as error:
            if error.code != "ambiguous_timezone":
                raise
            return self._one_of(error.params["datetime"], error.params["current_timezone"], which)

    def _one_of(self, local, zone, which):
        found = instants(local, zone)
        if len(found) == 2 and which in (FIRST, SECOND):
            return found[which == SECOND]
        time = formats.date_format(local, "g:i A")
        if found:
            raise ValidationError(
                _("The clocks went back that night, so it was %(time)s twice. Choose which one.")
                % {"time": time},
                code="twice",
            )
        raise ValidationError(
            _(
                "The clocks went forward that night, so it was never %(time)s. "
                "Clocks showed %(later)s then: write that, or another time."
            )
            % {"time": time, "later": formats.date_format(after_gap(local, zone), "g:i A")},
            code="skipped",
        )
