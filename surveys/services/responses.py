"""What a respondent does: keep half an answer, and send all of them, once."""

from django.utils.translation import gettext as _

from accounts.history import service
from crm_portal.events import publish
from crm_portal.lib import locks
from crm_portal.lib.clocks import Clock
from crm_portal.lib.refusals import Refusal
from outbox.services import planning
from surveys.flow import NOTHING, Given, clean_text, fault, given_of, missing, shown
from surveys.models import Invitation, Response, Wave, questions_with_answers
from surveys.promises import promise
from surveys.services import answers as kept
from surveys.services import summaries
from surveys.services.invitations import page_about


class SurveyOver(Refusal):
    """The wave takes no answers, or the link was taken back."""


class LinkTakenBack(SurveyOver):
    """Whoever has the link is not asked any more."""


class AlreadySent(Refusal):
    """The answers are final."""


class AnswersRefused(Refusal):
    """Some answers do not fit or are missing. `faults`: {question's pk: sentence}."""

    def __init__(self, faults):
        super().__init__(_("Some questions need another look."))
        self.faults = faults


@service
def save_answer(*, invitation, question, number=None, options=(), text="", sequence, now):
    """Keep one answer of a draft. An older sequence never overwrites a newer one."""
    given = Given(number, tuple(options), clean_text(text))
    _check_fit(question, given)
    response = _draft(*_lock(invitation, Clock(now)), now=now)
    row = kept.row(question.pk, given, sequence=sequence)
    kept.keep(response=response, rows=[row], forced=False, now=now)


@service
def save_part(*, invitation, question, part, sequence, now):
    """Keep what the browser sends while somebody types: the choice alone, or the words alone.

    `part` has `text`, or `number` and `options`.
    """
    has_text = "text" in part
    given = Given(
        part.get("number"), tuple(part.get("options", ())), clean_text(part.get("text", ""))
    )
    _check_fit(question, given)
    response = _draft(*_lock(invitation, Clock(now)), now=now)
    row = kept.row(
        question.pk, given, sequence=sequence, with_choice=not has_text, with_text=has_text
    )
    kept.keep(response=response, rows=[row], forced=False, now=now)


@service
def save_answers(*, invitation, questions, answers, sequence=0, now):
    """Keep a page of answers, because a button was pressed: it wins over autosaves before it.

    `answers`: {question's pk: Given} for some of the `questions`. Those that do not fit are left
    out: the page shows them again with what `check` says.
    """
    by_pk = {question.pk: question for question in questions}
    sequence = max(sequence, _milliseconds(now))
    rows = [
        kept.row(pk, given, sequence=sequence)
        for pk, given in answers.items()
        if not fault(by_pk[pk], given)
    ]
    response = _draft(*_lock(invitation, Clock(now)), now=now)
    kept.keep(response=response, rows=rows, forced=True, now=now)


@service
def submit(*, invitation, answers, now):
    """Send the answers: those given here, over those kept before. Returns the response.

    `answers`: {question's pk: dict(number, options, text)}, or a function that reads it for the
    questions it is given. A second call changes nothing and returns the same response. Refuses
    when the wave takes no answers, also when it has ended while this waited; or what does not fit.
    """
    locked, response = _lock(invitation, Clock(now), sending=True)
    if response is not None and response.submitted_at is not None:
        return response
    questions = questions_with_answers(
        questionnaire=locked.wave.questionnaire_id,
        response=response.pk if response is not None else 0,
    )
    if callable(answers):
        answers = answers(questions)
    before = given_of(questions)
    after = before | _given_now(questions, answers)
    _check_all(questions, after)
    asked = [q for q in shown(questions, after) if not after.get(q.pk, NOTHING).is_empty]
    response = _stamp(locked, response, now=now)
    _write(response, asked, before=before, after=after, now=now)
    summaries.add(
        response=response,
        answers=[(q.pk, value) for q in asked for value in after[q.pk].values],
    )
    _settle_letters(locked, now=now)
    publish("response_submitted", response_id=response.pk)
    return response


def _lock(invitation, clock, *, sending=False):
    """The invitation, held so that everything one person does happens in some order, and its
    response. The wave is held first, as everywhere, and shared: who ends it waits for those who
    were in time, and nobody is accepted after them."""
    wave = locks.share(Wave, invitation.wave_id)
    locked = (
        Invitation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("person")
        .get(pk=invitation.pk)
    )
    locked.wave = wave
    # Read after the lock: a join would show it as it was before waiting.
    response = Response.objects.filter(invitation=locked).order_by().first()
    if response is not None and response.submitted_at is not None:
        if sending:
            return locked, response
        raise AlreadySent(_("You have already sent your answers. Thank you."))
    if locked.revoked_at is not None:
        raise LinkTakenBack(_("This link no longer works. Use the one in our newest letter."))
    if not wave.takes_answers(clock.now()):
        raise SurveyOver(
            _("This survey takes no more answers. Tell your liaison what you wanted to say.")
        )
    return locked, response


def _draft(locked, response, *, now):
    if response is None:
        response = _new(locked)
        response.started_at = now
        response.save()
    return response


def _new(locked):
    return Response(
        invitation=locked,
        wave=locked.wave,
        agency_id=locked.agency_id,
        promise=promise(locked.wave),
    )


def _stamp(locked, response, *, now):
    if response is None:
        response = _new(locked)
        response.started_at = response.submitted_at = now
        response.save()
    else:
        response.submitted_at = now
        response.save(update_fields=["submitted_at"])
    return response


def _given_now(questions, answers):
    """What was sent, for questions of this questionnaire only."""
    return {
        question.pk: Given(
            said.get("number"), tuple(said.get("options") or ()), clean_text(said.get("text") or "")
        )
        for question in questions
        if (said := answers.get(question.pk)) is not None
    }


def check(questions, given):
    """{question's pk: sentence} for every answer that does not fit or is missing."""
    asked = shown(questions, given)
    faults = {q.pk: words for q in asked if (words := fault(q, given.get(q.pk, NOTHING)))}
    for question in missing(questions, given):
        faults.setdefault(question.pk, _("Please answer this question."))
    return faults


def _check_all(questions, given):
    if faults := check(questions, given):
        raise AnswersRefused(faults)


def _check_fit(question, given):
    if words := fault(question, given):
        raise AnswersRefused({question.pk: words})


def _write(response, asked, *, before, after, now):
    """Write what is new, and take away what is not asked any more."""
    rows = [
        kept.row(q.pk, after[q.pk], sequence=_milliseconds(now))
        for q in asked
        if before.get(q.pk) != after[q.pk]
    ]
    stale = set(before) - {q.pk for q in asked}
    kept.keep(response=response, rows=rows, stale=stale, forced=True, now=now)


def _settle_letters(locked, *, now):
    subject = f"invitation:{locked.pk}"
    planning.cancel(
        purpose="survey",
        subjects=[subject],
        reason=_("The answers have arrived."),
        now=now,
    )
    if locked.person.email:
        planning.plan(
            purpose="survey",
            subject=subject,
            kind="thanks",
            recipient=locked.person.email,
            recipient_name=locked.person.name,
            details={"page": page_about(locked)},
            now=now,
        )


def _milliseconds(now):
    return int(now.timestamp() * 1000)
