"""A wave is closed when everything that was raised in it has an answer."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.history import service
from crm_portal.lib.refusals import Refusal
from feedback.models import Concern
from surveys.models import Response, Wave


@service
def close(*, wave, by, now):
    """Close an ended wave. Refuses while a response is unread or a concern has no answer."""
    wave = Wave.objects.select_for_update().get(pk=wave.pk)
    if wave.state == Wave.State.CLOSED:
        return wave
    if wave.state != Wave.State.ENDED:
        raise Refusal(_("This wave still takes answers. Close it after its last day."))
    if Response.objects.submitted().filter(wave=wave, concerns_raised_at=None).exists():
        raise Refusal(_("Some answers are still being read. Try again in a minute."))
    open_count = undisposed(wave).count()
    if open_count:
        raise Refusal(
            ngettext(
                "%(count)s concern has no answer yet: give it an action, a reply or a decline.",
                "%(count)s concerns have no answer yet: give each an action, a reply or a decline.",
                open_count,
            )
            % {"count": open_count}
        )
    wave.state = Wave.State.CLOSED
    wave.closed_at = now
    wave.version += 1
    wave.save(update_fields=["state", "closed_at", "version"])
    return wave


def undisposed(wave):
    """The concerns of the wave without an answer."""
    return Concern.objects.undisposed().filter(answer__response__wave=wave)
