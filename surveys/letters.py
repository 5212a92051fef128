"""The letters of a survey. Each decides again, at the moment of sending, whether it is wanted."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import office
from agencies.models import Agency
from agencies.queries import primary_liaison
from crm_portal.letters import Message, Skip
from crm_portal.lib import links
from surveys.models import Invitation, Wave
from surveys.promises import promise
from surveys.services.callers import callers


def invitation(letter, *, now):
    return _to_respondent(
        letter,
        now=now,
        template="surveys/mail/invitation",
        subject=_("%(title)s: your view, please"),
    )


def reminder(letter, *, now):
    return _to_respondent(
        letter,
        now=now,
        template="surveys/mail/reminder",
        subject=_("%(title)s: we have not heard from you yet"),
    )


def phone(letter, *, now):
    """To the liaison: the last step is a call, not one more letter."""
    row = _row_of(letter, now)
    if (unwanted := _unwanted(row, now) or _cannot_call(letter, row, now)) is not None:
        return unwanted
    return Message(
        subject=_("Please call %(person)s about the survey") % {"person": row.person.name},
        template="surveys/mail/phone",
        context={
            "person": row.person,
            "agency": row.agency,
            "wave": row.wave,
            "days_left": _days_left(row.wave, now),
            "link": settings.BASE_URL + reverse("surveys:wave", args=[row.wave_id]),
        },
    )


def thanks(letter, *, now):
    row = _row_of(letter, now)
    if row is None or row.person.left_on is not None:
        return Skip(_("This person has left."))
    if row.person.email.lower() != letter.recipient.lower():
        return Skip(_("This person has another address now."))
    return Message(
        subject=_("%(title)s: thank you") % {"title": row.wave.title},
        template="surveys/mail/thanks",
        context={"wave": row.wave, "liaison": row.liaison, "closes_on": row.wave.closes_on},
    )


def _to_respondent(letter, *, now, template, subject):
    row = _row_of(letter, now)
    if (unwanted := _unwanted(row, now)) is not None:
        return unwanted
    if row.person.email.lower() != letter.recipient.lower():
        return Skip(_("This person has another address now. Send the link again."))
    return Message(
        subject=subject % {"title": row.wave.title},
        template=template,
        context={
            "wave": row.wave,
            "questionnaire": row.wave.questionnaire,
            "agency": row.agency,
            "liaison": row.liaison,
            "promise": promise(row.wave),
            "days_left": _days_left(row.wave, now),
            "has_begun": hasattr(row, "response"),
            "link": settings.BASE_URL
            + reverse("surveys:open_link", args=[links.token_of("survey", row)]),
        },
    )


def gather(letters, *, now):
    """Read at once which invitations many letters are about. Each is used once: whoever decides
    again later reads again."""
    rows = _rows(now).in_bulk([_invitation_of(letter) for letter in letters])
    for letter in letters:
        letter.gathered = rows.get(_invitation_of(letter))


def _row_of(letter, now):
    gathered = letter.__dict__.pop("gathered", None)
    return gathered or _rows(now).filter(pk=_invitation_of(letter)).first()


def _rows(now):
    """Invitations with all that a letter about one says."""
    rows = Invitation.objects.select_related("wave__questionnaire", "person", "agency", "response")
    return rows.annotate(liaison=primary_liaison("agency", office.local_date(now)))


def _invitation_of(letter):
    return int(letter.subject.partition(":")[2])


def _unwanted(row, now):
    """Why nobody should be written to or called any more, or None."""
    if row is None:
        return Skip(_("The invitation is gone."))
    if hasattr(row, "response") and row.response.submitted_at is not None:
        return Skip(_("The answers have arrived."))
    if row.revoked_at is not None:
        return Skip(_("The link was taken back."))
    # Its last evening may be over before a tick has ended it.
    if row.wave.state != Wave.State.OPEN or now >= office.calendar().closing(row.wave.closes_on):
        return Skip(_("The survey has ended."))
    if row.person.left_on is not None:
        return Skip(_("This person has left."))
    if row.agency.closed_on is not None:
        return Skip(_("The organisation was closed."))
    return None


def _cannot_call(letter, row, now):
    """Who may not see an agency any more is not asked to phone it."""
    caller = callers([row.agency_id], office.local_date(now)).get(row.agency_id)
    if caller is None or caller.email.lower() != letter.recipient.lower():
        return Skip(_("Somebody else looks after them now, or the account is closed."))
    if not Agency.objects.visible_to(caller).filter(pk=row.agency_id).exists():
        return Skip(_("%(name)s does not look after them any more.") % {"name": caller})
    return None


def _days_left(wave, now):
    """ "3 days left" in words, today included."""
    days = (wave.closes_on - office.local_date(now)).days
    if days <= 0:
        return _("until this evening")
    return ngettext("%(days)d more day", "%(days)d more days", days) % {"days": days}
