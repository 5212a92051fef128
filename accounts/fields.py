"""Form fields that forms of every app carry."""

import uuid

from django import forms


class SubmitKeyField(forms.UUIDField):
    """Makes a form that is sent twice have one effect: see `accounts.saving.save_once`."""

    widget = forms.HiddenInput

    def __init__(self):
        super().__init__(initial=uuid.uuid4)


class VersionField(forms.IntegerField):
    """The version of the record that the editor saw; empty in a form for a new one."""

    widget = forms.HiddenInput

    def __init__(self):
        super().__init__(required=False)
