"""The story of a concern or an action in order, from the source sentence to the verdict."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Max, Min, Prefetch
from django.utils.translation import gettext_lazy as _

from crm_portal.lib.figures import mean_or_range
from feedback.models import Action, ActionActivity, Concern, ReportBack, Rung
from outbox.models import Letter
from surveys.models import Answer, Question

Kind = ActionActivity.Kind

# Icon and tone of each activity.
_LOOKS = {
    Kind.CREATED: ("check-square", "us"),
    Kind.NOTE: ("note", ""),
    Kind.NEW_DATE: ("calendar", "watch"),
    Kind.HANDED_OVER: ("hand-over", ""),
    Kind.DONE: ("check", "good"),
    Kind.DROPPED: ("close", ""),
    Kind.REOPENED: ("undo", "risk"),
}


@dataclass
class Entry:
    """One thing that happened."""

    at: dt.datetime
    icon: str
    what: str
    tone: str = ""
    who: Any = ""
    text: str = ""
    action: Action | None = None
    letter: Letter | None = None
    kind: str = ""
    # A person at the agency speaks: shown as a quotation.
    quote: bool = False
    # What follows from something at the same instant stands behind it.
    rank: int = 0


def actions_of(concern):
    """Its actions with everything that happened to them, in three statements."""
    return list(with_history(concern.actions.select_related("owner")))


def with_history(actions):
    return actions.prefetch_related(
        Prefetch("activities", ActionActivity.objects.select_related("by")),
        Prefetch("rungs", Rung.objects.select_related("told")),
    )


def report_backs_of(concern):
    return list(concern.report_backs.select_related("person", "asked_by"))


def letters_about(actions, concern=None, report_backs=()):
    """{(subject, kind, seq): letter} of what was promised about them."""
    about_concern = [f"concern:{concern.pk}"] if concern else []
    by_purpose = {
        "action": [f"action:{action.pk}" for action in actions],
        "concern": about_concern + [f"report_back:{row.pk}" for row in report_backs],
    }
    found = {}
    for purpose, subjects in by_purpose.items():
        if subjects:
            for letter in Letter.objects.about(purpose, subjects):
                found[letter.subject, letter.kind, letter.seq] = letter
    return found


def of_concern(concern, actions, report_backs, letters):
    """Every entry about the concern, oldest first. What was told to the raiser is said once."""
    told = {row.did for row in report_backs}
    entries = [
        entry
        for action in actions
        for entry in _of_action(action, letters, is_one_of_many=len(actions) > 1)
    ]
    for entry in entries:
        if entry.text in told or entry.kind == Kind.REOPENED:
            entry.text = ""
    entries += [entry for row in report_backs for entry in _of_report_back(row, letters)]
    entries += _of_letters(f"concern:{concern.pk}", letters)
    if concern.answer_text and concern.answer_text not in told and concern.state in _DISPOSED:
        entries.append(_of_disposition(concern))
    return _in_order(entries)


def of_action(action):
    """Every entry about one action, oldest first."""
    return _in_order(_of_action(action, letters_about([action])))


def _in_order(entries):
    return sorted(entries, key=lambda entry: (entry.at, entry.rank))


def _of_action(action, letters, *, is_one_of_many=False):
    for activity in action.activities.all():
        icon, tone = _LOOKS[activity.kind]
        words = str(_WORDS[activity.kind])
        if is_one_of_many and activity.kind != Kind.CREATED:
            words = f"{words}: %(what)s"
        yield Entry(
            at=activity.at,
            icon=icon,
            tone=tone,
            what=words % {"what": action.what, "owner": action.owner},
            who=activity.by or "",
            text=activity.text,
            action=action,
            kind=activity.kind,
            rank=1 if activity.kind == Kind.REOPENED else 0,
        )
    subject = f"action:{action.pk}"
    for rung in action.rungs.all():
        yield _of_rung(rung, action, letters.get((subject, "escalation", rung.seq)))
    yield from _of_letters(subject, letters, action)


_WORDS = {
    Kind.CREATED: _("Action for %(owner)s: %(what)s"),
    Kind.NOTE: _("Note"),
    Kind.NEW_DATE: _("New date"),
    Kind.HANDED_OVER: _("Handed over"),
    Kind.DONE: _("Done"),
    Kind.DROPPED: _("Dropped"),
    Kind.REOPENED: _("Open again"),
}


# Letters that are entries of their own; the others stand under what they are about.
_LETTERS = {
    "due_soon": _("Reminder for %(name)s before it is due"),
    "reopened": _("%(name)s is told that it did not help"),
    "unsettled": _("%(name)s is told that words did not settle it"),
    "nobody_to_ask": _("%(name)s is asked whom to tell"),
}


def _of_letters(subject, letters, action=None):
    for (about, kind, _seq), letter in letters.items():
        if about == subject and kind in _LETTERS:
            yield Entry(
                at=letter.done_at or letter.planned_at,
                icon="bell",
                what=_LETTERS[kind] % {"name": letter.recipient_name},
                action=action,
                letter=letter,
                rank=2,
            )


_DISPOSED = {Concern.State.REPLIED: _("Reply"), Concern.State.DECLINED: _("Declined")}


def _of_disposition(concern):
    """Words that nobody could be sent yet."""
    return Entry(
        at=concern.disposed_at,
        icon="note",
        tone="us",
        what=str(_DISPOSED[concern.state]),
        who=concern.disposed_by,
        text=concern.answer_text,
    )


def _of_rung(rung, action, letter):
    if rung.told is None:
        what = _("Rung %(level)s passed: the next one up was told at the same time")
    else:
        what = _("Late. Rung %(level)s: %(name)s is told (%(post)s)")
    return Entry(
        at=rung.reached_at,
        icon="escalation",
        tone="risk",
        what=what % {"level": rung.level, "name": rung.told, "post": rung.get_level_display()},
        action=action,
        letter=letter,
    )


_TOLD = {
    ReportBack.Kind.DONE: _("Reported back to %(name)s: fixed or not fixed?"),
    ReportBack.Kind.REPLY: _("Answered %(name)s: does this settle it?"),
    ReportBack.Kind.DECLINE: _("Declined, and %(name)s was told why"),
}


def letter_of(row, letters):
    """The letter with which the raiser is asked; None before it is planned."""
    return letters.get((f"report_back:{row.pk}", row.letter_kind, 0))


def _of_report_back(row, letters):
    yield Entry(
        at=row.asked_at,
        icon="mail",
        tone="us",
        what=_TOLD[row.kind] % {"name": row.person},
        who=row.asked_by or "",
        text=row.did,
        letter=letter_of(row, letters),
        rank=1,
    )
    yield from _of_letters(f"report_back:{row.pk}", letters)
    if row.verdict:
        is_fixed = row.verdict == ReportBack.Verdict.FIXED
        yield Entry(
            at=row.answered_at,
            icon="check" if is_fixed else "warning",
            tone="good" if is_fixed else "risk",
            what=_verdict_words(row),
            who=row.person,
            text=row.words,
            quote=True,
        )


def _verdict_words(row):
    if row.kind == ReportBack.Kind.DONE:
        words = {"fixed": _("%(name)s: fixed"), "not_fixed": _("%(name)s: not fixed")}
    else:
        words = {
            "fixed": _("%(name)s: this settles it"),
            "not_fixed": _("%(name)s: this does not settle it"),
        }
    return words[row.verdict] % {"name": row.person}


@dataclass
class Score:
    """How an agency rated one question in one wave."""

    wave: str
    shown: str
    count: int


def before_and_after(concern: Concern):
    """The question's ratings by the same agency: in its own wave and in the next with it."""
    if concern.rating is None or concern.answer is None:
        return []
    question, wave = concern.answer.question, concern.answer.response.wave
    scores = (
        Answer.objects.filter(
            question__lineage=question.lineage,
            question__kind=Question.Kind.RATING,
            number__isnull=False,
            response__agency=concern.agency,
            response__submitted_at__isnull=False,
            response__wave__opens_on__gte=wave.opens_on,
        )
        .values("response__wave", "response__wave__title")
        .annotate(mean=Avg("number"), n=Count("pk"), low=Min("number"), high=Max("number"))
        .order_by("response__wave__opens_on")[:2]
    )
    return [
        Score(
            row["response__wave__title"],
            mean_or_range(row["mean"], row["n"], row["low"], row["high"]),
            row["n"],
        )
        for row in scores
    ]
