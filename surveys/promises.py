"""What a respondent is told about who reads the answers. It is stored with them."""

from django.utils.translation import gettext as _

from accounts import office
from accounts.vocabulary import words
from surveys.models import Wave


def promise(wave):
    """The promise of this wave, in the words of the day on which it is given."""
    if wave.confidentiality != Wave.Confidentiality.ATTRIBUTED:
        raise NotImplementedError(wave.confidentiality)
    return _(
        "Your answers carry your name. Those at %(office)s who look after your %(agency)s "
        "read them, act on them, and tell you what came of it. "
        "No other %(agency)s sees what you say."
    ) % {"office": office.current().name, "agency": words().agency}
