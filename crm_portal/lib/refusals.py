"""What a service says when it will not do what was asked."""

from django.utils.translation import gettext as _


class Refusal(Exception):
    """A service declined. The message is a sentence for the user that says what to do instead."""


class StaleRecord(Refusal):
    """Somebody else changed the record first. `current` is the record as it stands now."""

    def __init__(self, *, current):
        super().__init__(
            _("Somebody else changed this while you were editing. Your text is still here.")
        )
        self.current = current
