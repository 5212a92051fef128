"""How a concern comes into being: from survey answers, from a meeting, or told directly."""

import structlog
from django.utils.translation import gettext as _

from accounts.history import service
from agencies.models import Meeting
from crm_portal.lib.refusals import Refusal
from feedback.models import Concern
from surveys.models import Answer, Question, Response

log = structlog.get_logger(__name__)

BATCH = 500


@service
def raise_from_response(*, response, now):
    """Every rating below the wave's threshold and every comment becomes a concern.

    Called again, even at the same time, it raises nothing twice. Returns how many were raised.
    """
    response = (
        Response.objects.select_for_update(of=["self"])
        .select_related("wave", "invitation")
        .get(pk=response.pk)
    )
    if response.submitted_at is None or response.concerns_raised_at is not None:
        return 0
    answers = response.answers.select_related("question").order_by("question__position")
    rows = [
        Concern(
            agency_id=response.agency_id,
            raised_by_id=response.invitation.person_id,
            raised_at=response.submitted_at,
            source=Concern.Source.ANSWER,
            answer=answer,
            topic=answer.question.topic,
            quote=answer.text,
            rating=answer.number if answer.question.kind == Question.Kind.RATING else None,
        )
        for answer in answers
        if is_a_concern(answer, response.wave.threshold)
    ]
    Concern.objects.bulk_create(rows, ignore_conflicts=True)
    response.concerns_raised_at = now
    response.save(update_fields=["concerns_raised_at"])
    return len(rows)


def is_a_concern(answer: Answer, threshold):
    """A low rating, or words. Short texts are facts (a name, a number), no comments."""
    question = answer.question
    if question.kind == Question.Kind.RATING and answer.number is not None:
        return answer.number < threshold or bool(answer.text.strip())
    return question.kind != Question.Kind.SHORT_TEXT and bool(answer.text.strip())


def raise_from_new_responses(*, now):
    """The sweep: whatever was submitted and not looked at yet. One that fails stops no other."""
    waiting = Response.objects.submitted().filter(concerns_raised_at=None)
    failure = None
    for response in waiting.order_by("submitted_at")[:BATCH]:
        try:
            raise_from_response(response=response, now=now)
        except Exception as error:
            log.exception("concerns_not_raised", response=response.pk)
            failure = error
    if failure:
        raise failure


@service
def raise_from_meeting(*, meeting, agency, quote, topic="", person=None, by, now):
    """A line in a meeting's note becomes a concern of one of the agencies that were there. Refuses
    a meeting that was withdrawn, and an agency that was not there, also meanwhile."""
    meeting = Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)
    if meeting.withdrawn_at is not None:
        raise Refusal(_("This meeting was withdrawn. Raise the concern without it."))
    if not meeting.places.filter(agency=agency).exists():
        raise Refusal(_("%(name)s was not at this meeting. Choose who was.") % {"name": agency})
    return _raise(
        source=Concern.Source.MEETING,
        agency=agency,
        meeting=meeting,
        quote=quote,
        topic=topic,
        person=person,
        raised_at=meeting.held_at,
    )


@service
def raise_directly(*, agency, person, quote, topic="", by, now):
    """Somebody told us outside of surveys and meetings."""
    return _raise(
        source=Concern.Source.DIRECT,
        agency=agency,
        quote=quote,
        topic=topic,
        person=person,
        raised_at=now,
    )


def _raise(*, person, quote, **fields):
    if not quote.strip():
        raise Refusal(_("Write what was said, in their words."))
    if person is not None and person.agency_id != fields["agency"].pk:
        raise Refusal(_("%(name)s works elsewhere. Choose somebody there.") % {"name": person})
    return Concern.objects.create(raised_by=person, quote=quote.strip(), **fields)
