"""Parses and checks what a person decides about a letter."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.translation import gettext_lazy as _


class DropForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is not sent again"),
        max_length=200,
        help_text=_("Colleagues will read it in the outbox."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.add_input(
            Submit("drop", _("Drop it"), css_class="usa-button--outline usa-button--danger")
        )
