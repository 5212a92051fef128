"""The letters of the loop. Each decides again, at the moment of sending, whether it is wanted."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import office
from accounts.models import User
from crm_portal.letters import Message, Skip
from crm_portal.lib import links
from feedback.models import Action, Concern, ReportBack, Rung
from feedback.services.chain import may_read
from feedback.services.report_back import PURPOSE

# ---- To colleagues, about an action ------------------------------------------------------------


def due_soon(letter, *, now):
    action = _action_of(letter)
    if (unwanted := _unwanted(action, letter)) is not None:
        return unwanted
    if action.owner.email != letter.recipient:
        return Skip(_("The action was handed over."))
    if action.due_on.isoformat() != letter.details["due_on"]:
        return Skip(_("The action has another date now."))
    calendar = office.calendar()
    if now > calendar.closing(calendar.at_work(action.due_on)):
        return Skip(_("The due date has passed: the ladder begins."))
    return Message(
        subject=_("Due soon: %(what)s") % {"what": action.what},
        template="feedback/mail/due_soon",
        context=_about(action, now),
    )


def escalation(letter, *, now):
    """The rung stays on record; the letter is only wanted while its cycle lasts."""
    action = _action_of(letter)
    if (unwanted := _unwanted(action, letter)) is not None:
        return unwanted
    if action.cycle != letter.details["cycle"]:
        return Skip(_("There was a sign of life in the meantime."))
    level = Rung.Level(letter.details["level"])
    return Message(
        subject=_("Late: %(what)s") % {"what": action.what},
        template="feedback/mail/escalation",
        context=_about(action, now)
        | {
            "level": level,
            "is_owner": action.owner.email == letter.recipient,
            "rungs": _told_before(action, level),
        },
    )


def reopened(letter, *, now):
    action = _action_of(letter)
    if (unwanted := _unwanted(action, letter)) is not None:
        return unwanted
    row = ReportBack.objects.select_related("person").filter(pk=letter.details["report_back"])
    return Message(
        subject=_("Not fixed: %(what)s") % {"what": action.what},
        template="feedback/mail/reopened",
        context=_about(action, now) | {"report_back": row.first()},
    )


def _told_before(action, level):
    """(who, on which date) for each lower rung that was announced."""
    rungs = action.rungs.filter(cycle=action.cycle, level__lt=level).exclude(told=None)
    return [
        (rung.told, office.local_date(rung.reached_at)) for rung in rungs.select_related("told")
    ]


def _action_of(letter):
    rows = Action.objects.select_related("agency", "owner", "concern__raised_by")
    return rows.filter(pk=_pk(letter)).first()


def _unwanted(action, letter):
    """Why nobody should be written to about this action any more, or None."""
    if action is None:
        return Skip(_("The action is gone."))
    if action.state != Action.State.OPEN:
        return Skip(_("The action is no longer open."))
    return _cannot_read(letter, action.agency_id)


def _cannot_read(letter, agency_id):
    """What somebody may not see on a page does not go out to them by mail either."""
    user = User.objects.active().filter(email=letter.recipient).first()
    if user is None:
        return Skip(_("The account is closed, or has another address now."))
    if not may_read(user, agency_id):
        return Skip(_("%(name)s does not look after them any more.") % {"name": user})
    return None


def _about(action, now):
    last = action.activities.exclude(text="").select_related("by").last()
    return {
        "action": action,
        "agency": action.agency,
        "concern": action.concern,
        "owner": action.owner,
        "today": office.local_date(now),
        "last": last,
        "last_on": last and office.local_date(last.at),
        "link": settings.BASE_URL + reverse("feedback:action", args=[action.pk]),
    }


# ---- To colleagues, about a concern ------------------------------------------------------------


def unsettled(letter, *, now):
    row = _report_back_of(letter)
    if row is None or row.concern.state != Concern.State.NEW:
        return Skip(_("The concern has another answer in the meantime."))
    return _cannot_read(letter, row.concern.agency_id) or Message(
        subject=_("Your answer did not settle it: %(name)s") % {"name": row.concern.agency},
        template="feedback/mail/unsettled",
        context=_about_concern(row.concern) | {"report_back": row},
    )


def nobody_to_ask(letter, *, now):
    concern = Concern.objects.select_related("agency", "raised_by").filter(pk=_pk(letter)).first()
    if concern is None or concern.report_backs.waiting().exists():
        return Skip(_("Somebody has been asked in the meantime."))
    if concern.state in {Concern.State.NEW, Concern.State.FIXED}:
        return Skip(_("There is nothing to ask any more."))
    if concern.actions.open().exists():
        return Skip(_("There is work to do again, and nothing to tell yet."))
    return _cannot_read(letter, concern.agency_id) or Message(
        subject=_("Whom shall we tell? %(name)s") % {"name": concern.agency},
        template="feedback/mail/nobody_to_ask",
        context=_about_concern(concern),
    )


def _about_concern(concern):
    return {
        "concern": concern,
        "agency": concern.agency,
        "link": settings.BASE_URL + reverse("feedback:concern", args=[concern.pk]),
    }


# ---- To whom raised it ---------------------------------------------------------------------------


def report_back(letter, *, now):
    return _to_raiser(letter, subject=_("What we did about what you told us"))


def reply(letter, *, now):
    return _to_raiser(letter, subject=_("Our answer to what you told us"))


def _to_raiser(letter, *, subject):
    row = _report_back_of(letter)
    if row is None or row.superseded_at is not None:
        return Skip(_("There is newer news about this concern."))
    if row.verdict:
        return Skip(_("The answer has arrived."))
    if row.person.left_on is not None:
        return Skip(_("This person has left."))
    if row.person.email.lower() != letter.recipient.lower():
        return Skip(_("This person has another address now. Report back again."))
    token = links.token_of(PURPOSE, row)
    return Message(
        subject=subject,
        template=f"feedback/mail/{letter.kind}",
        context={
            "report_back": row,
            "concern": row.concern,
            "person": row.person,
            "link": settings.BASE_URL + reverse("feedback:open_link", args=[token]),
        },
    )


def _report_back_of(letter):
    rows = ReportBack.objects.select_related(
        "person", "asked_by", "concern__agency", "concern__answer__question"
    )
    return rows.filter(pk=_pk(letter)).first()


def _pk(letter):
    return int(letter.subject.partition(":")[2])
