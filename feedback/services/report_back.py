"""Telling the raiser what came of it, and asking: fixed or not fixed?"""

from django.db.models import CharField, Exists, Max, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import office
from accounts.history import service
from crm_portal.lib import links
from crm_portal.lib.refusals import Refusal, StaleRecord
from feedback.models import Action, Concern, ReportBack
from feedback.services import activity, chain
from outbox.models import Letter
from outbox.services import planning
from surveys.services.callers import callers

PURPOSE = "report_back"
# So many business days has the owner of an action that did not help.
DAYS_AFTER_REOPENING = 5

State, Kind, Verdict = Concern.State, ReportBack.Kind, ReportBack.Verdict
_KIND_OF_STATE = {State.REPLIED: Kind.REPLY, State.DECLINED: Kind.DECLINE}


def can_be_asked(person):
    """Whether a letter reaches them: still there, with an address."""
    return person is not None and person.left_on is None and bool(person.email)


@service
def ask(*, concern, did, by, now, person=None, seen_version=None):
    """Tell the raiser, or the person given, and ask. A new round supersedes the one before.

    Returns None when there is nobody to ask: the liaison is told to choose somebody, and what
    was done waits. Refuses while actions are open, or before there is anything to tell.
    """
    concern = Concern.objects.select_for_update().get(pk=concern.pk)
    if seen_version is not None and concern.version != seen_version:
        raise StaleRecord(current=concern)
    _check_it_can_be_told(concern, did)
    person = person or concern.raised_by
    if not can_be_asked(person):
        _tell_that_nobody_is_there(concern, now)
        return None
    if person.agency_id != concern.agency_id:
        raise Refusal(_("%(name)s works elsewhere. Choose somebody there.") % {"name": person})
    supersede(concern=concern, now=now)
    row = ReportBack.objects.create(
        concern=concern,
        person=person,
        round=_last_round(concern) + 1,
        kind=_KIND_OF_STATE.get(concern.state, Kind.DONE),
        did=did.strip(),
        asked_at=now,
        asked_by=by,
        **links.issue(PURPOSE),
    )
    move(concern, State.REPORTED if concern.state == State.IN_ACTION else concern.state)
    _plan(row, now)
    return row


def _check_it_can_be_told(concern, did):
    if concern.state == State.NEW:
        raise Refusal(_("Answer the concern first: with an action, a reply or a decline."))
    if concern.state == State.FIXED:
        raise Refusal(_("The raiser has confirmed that it is fixed. There is nothing to ask."))
    if concern.actions.open().exists():
        raise Refusal(_("Actions are still open. Complete or drop them first."))
    if not did.strip():
        raise Refusal(_("Write what was done: the raiser will read it."))


def _last_round(concern):
    return concern.report_backs.aggregate(last=Max("round"))["last"] or 0


def outcomes_to_tell(concern):
    """What was done after the raiser was last told, oldest first."""
    last = concern.report_backs.aggregate(at=Max("asked_at"))["at"]
    done = concern.actions.filter(state=Action.State.DONE).order_by("done_at", "pk")
    if last is not None:
        done = done.filter(done_at__gt=last)
    return list(done.values_list("outcome", flat=True))


def words_to_tell(concern):
    """What the raiser should read: what was done since they were told, else what they were told
    or should have been."""
    if outcomes := outcomes_to_tell(concern):
        return "\n\n".join(outcomes)
    last = concern.report_backs.last()
    return last.did if last else concern.answer_text


@service
def supersede(*, concern, now):
    """What was asked before is no longer the question; letters not yet sent stay unsent."""
    rows = list(concern.report_backs.filter(superseded_at=None).select_for_update())
    if not rows:
        return
    ReportBack.objects.filter(pk__in=[row.pk for row in rows]).update(superseded_at=now)
    planning.cancel(
        purpose="concern",
        subjects=[_subject(row) for row in rows],
        reason=_("There is newer news about this concern."),
        now=now,
    )


@service
def needs_another_answer(*, concern):
    """The answer given is none: the concern waits to be disposed of again."""
    concern.disposed_at = concern.disposed_by = None
    move(concern, State.NEW, also=["disposed_at", "disposed_by"])


def move(concern, state, also=()):
    """Give a locked concern another state; whoever has the page open is told."""
    concern.state = state
    concern.version += 1
    concern.save(update_fields=["state", "version", *also])


@service
def answer(*, report_back, verdict, words, now, by=None):
    """The raiser's verdict. The same one again changes nothing but the words. Refuses what is not
    the question any more, and who has left meanwhile.

    "Fixed" may become "not fixed" as long as nothing newer was told. "Not fixed" stands: the
    work goes on, and the next letter asks again.
    """
    concern = Concern.objects.select_for_update().get(pk=report_back.concern_id)
    row = ReportBack.objects.select_for_update().get(pk=report_back.pk)
    row.concern = concern
    if row.person.left_on is not None:
        raise Refusal(_("This link no longer works. Tell your liaison what you wanted to say."))
    if verdict not in Verdict.values:
        raise Refusal(_("Choose one of the two answers."))
    if row.superseded_at is not None:
        raise Refusal(_("There is newer news about this: answer the newest letter, please."))
    if row.verdict == Verdict.NOT_FIXED != verdict:
        raise Refusal(
            _("You told us that this is not settled, and we work on it. We will ask you again.")
        )
    is_repeated = row.verdict == verdict
    row.verdict, row.words = verdict, words.strip() or row.words
    row.answered_at = row.answered_at if is_repeated else now
    row.save(update_fields=["verdict", "words", "answered_at"])
    if not is_repeated:
        _follow(row, now)
    return row


def _follow(row, now):
    if row.verdict == Verdict.FIXED:
        if row.kind != Kind.DECLINE:
            move(row.concern, State.FIXED)
    elif row.kind == Kind.DONE:
        move(row.concern, State.IN_ACTION)
        _reopen_the_last_action(row, now)
    else:
        needs_another_answer(concern=row.concern)
        _tell_that_words_do_not_settle_it(row, now)


def _reopen_the_last_action(row, now):
    """The owner gets it back, with a new date, and is told why."""
    done = row.concern.actions.filter(state=Action.State.DONE)
    action = done.select_for_update().order_by("-done_at", "-pk").first()
    calendar = office.calendar()
    today = calendar.local_date(now)
    activity.reopen(
        action=action,
        due_on=calendar.add_business_days(today, DAYS_AFTER_REOPENING),
        text=_("%(name)s: not fixed. %(words)s") % {"name": row.person, "words": row.words},
        now=now,
    )
    _write(
        purpose="action",
        subject=f"action:{action.pk}",
        kind="reopened",
        seq=action.cycle,
        to=chain.teller_for(level=1, action=action),
        details={"report_back": row.pk},
        now=now,
    )


def _tell_that_words_do_not_settle_it(row, now):
    writer = row.asked_by if row.asked_by and row.asked_by.is_active else None
    _write(
        purpose="concern",
        subject=_subject(row),
        kind="unsettled",
        to=writer or _looks_after(row.concern, now),
        details={"page": reverse("feedback:concern", args=[row.concern_id])},
        now=now,
    )


def _tell_that_nobody_is_there(concern, now):
    _write(
        purpose="concern",
        subject=f"concern:{concern.pk}",
        kind="nobody_to_ask",
        seq=_last_round(concern),
        to=_looks_after(concern, now),
        now=now,
    )


def _looks_after(concern, now):
    """The liaison, or who stands in."""
    return callers([concern.agency_id], office.local_date(now)).get(concern.agency_id)


def _subject(row):
    return f"report_back:{row.pk}"


def _plan(row, now):
    return planning.plan(
        purpose="concern",
        subject=_subject(row),
        kind=row.letter_kind,
        recipient=row.person.email,
        recipient_name=row.person.name,
        details={"page": reverse("feedback:concern", args=[row.concern_id])},
        now=now,
    )


def _write(*, to, **letter):
    if to is not None:
        planning.plan(recipient=to.email, recipient_name=to.name, **letter)


def plan_letters(*, now):
    """Find whoever waits to be told and has no letter yet. Returns how many there were."""
    about = Concat(Value("report_back:"), Cast(OuterRef("pk"), CharField()))
    letter = Letter.objects.filter(purpose="concern", subject=about)
    rows = ReportBack.objects.waiting().exclude(Exists(letter)).select_related("person")
    return sum(_plan(row, now) for row in rows)
