"""Pieces of crispy layouts. Their texts are shown as they are: nothing is run as a template."""

from crispy_forms.layout import LayoutObject
from crispy_forms.utils import TEMPLATE_PACK
from django.template.loader import render_to_string


class More(LayoutObject):
    """Fields behind one tap; open when one of them has an error or a value that was sent."""

    template = "uswds/layout/more.html"

    def __init__(self, summary, *fields, is_open=False):
        self.summary = summary
        self.fields = list(fields)
        self.is_open = is_open

    def render(self, form, context, template_pack=TEMPLATE_PACK, **kwargs):
        names = [pointer.name for pointer in self.get_field_names()]
        has_error = any(form[name].errors for name in names)
        html = self.get_rendered_fields(form, context, template_pack, **kwargs)
        return render_to_string(
            self.template,
            {"summary": self.summary, "fields": html, "is_open": self.is_open or has_error},
        )


class Group(More):
    """A fieldset with a legend that may hold any text."""

    template = "uswds/layout/group.html"

    def __init__(self, legend, *fields):
        super().__init__(legend, *fields)
