"""Entries of the timeline in words: icon, tone, headline, who, and where to read more."""

from dataclasses import dataclass, field

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies.models import Assignment, Meeting
from feedback.models import ActionActivity, ReportBack
from surveys.models import Question

MODE_ICONS = {
    "at_agency": "visit",
    "at_office": "office",
    "video": "video",
    "phone": "phone",
    "email": "mail",
}
MODE_WORDS = {
    "at_agency": (gettext_lazy("Visit"), gettext_lazy("Visit: met %(people)s")),
    "at_office": (
        gettext_lazy("Meeting at our office"),
        gettext_lazy("Meeting at our office with %(people)s"),
    ),
    "video": (gettext_lazy("Video meeting"), gettext_lazy("Video meeting with %(people)s")),
    "phone": (gettext_lazy("Phone call"), gettext_lazy("Phone call with %(people)s")),
    "email": (gettext_lazy("E-mails"), gettext_lazy("E-mails with %(people)s")),
}
MOOD_TONES = {1: "risk", 2: "watch", 4: "good", 5: "good"}
ACTIVITY_ICONS = {
    "created": "actions",
    "note": "note",
    "new_date": "calendar",
    "handed_over": "hand-over",
    "done": "check",
    "dropped": "close",
    "reopened": "undo",
}
LETTER_WORDS = {
    "sent": gettext_lazy("Letter to %(to)s: %(headline)s"),
    "cancelled": gettext_lazy("Letter to %(to)s was not sent: %(reason)s"),
    "failed": gettext_lazy("Letter to %(to)s was refused: %(reason)s"),
    "parked": gettext_lazy("Letter to %(to)s waits for a decision: %(reason)s"),
}


@dataclass
class Told:
    """What the page shows of one entry."""

    what: str
    icon: str
    tone: str = ""
    who: str = ""
    url: str = ""
    text: str = ""
    # Text that its writer formatted with Markdown.
    note: str = ""
    quote: str = ""
    ratings: list = field(default_factory=list)
    comments: list = field(default_factory=list)
    is_restricted: bool = False
    # Dates have no hour to show.
    is_day: bool = False


def tell(entry):
    """The entry in words."""
    return TELLERS[entry.kind](entry)


def address(name, pk):
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def _meeting(entry):
    data = entry.data
    alone, with_people = MODE_WORDS[data["mode"]]
    people = ", ".join(data["people"])
    mood = data["mood"]
    return Told(
        with_people % {"people": people} if people else str(alone),
        MODE_ICONS[data["mode"]],
        tone=MOOD_TONES.get(mood, ""),
        who=data["by"],
        url=address("agencies:meeting", entry.pk),
        text=_("Mood: %(mood)s") % {"mood": Meeting.Mood(mood).label} if mood else "",
        note=data["note"],
        is_restricted=data["restricted"],
    )


def _response(entry):
    data = entry.data
    rated = [a for a in data["answers"] if a["kind"] == Question.Kind.RATING and a["number"]]
    is_low = any(answer["number"] < data["threshold"] for answer in rated)
    return Told(
        _("%(who)s answered “%(wave)s”") % {"who": data["by"], "wave": data["wave"]},
        "surveys",
        tone="watch" if is_low else "good",
        ratings=[(a["topic"], a["number"], a["number"] < data["threshold"]) for a in rated],
        comments=[(a["topic"], a["text"]) for a in data["answers"] if a["text"]],
    )


def _concern(entry):
    data = entry.data
    about = data["topic"] or _("without a topic")
    what = _("Concern: %(about)s") % {"about": about}
    if data["rating"] is not None:
        what = _("Concern: a %(rating)d on “%(about)s”") % {
            "rating": data["rating"],
            "about": about,
        }
    return Told(
        what,
        "concerns",
        tone="watch",
        who=data["by"] or "",
        url=address("feedback:concern", entry.pk),
        quote=data["quote"],
    )


def _verdict(entry):
    data = entry.data
    is_fixed = data["verdict"] == ReportBack.Verdict.FIXED
    words = _("%(who)s: “fixed”") if is_fixed else _("%(who)s: “not fixed”")
    return Told(
        words % {"who": data["by"]},
        "success" if is_fixed else "warning",
        tone="good" if is_fixed else "risk",
        url=address("feedback:concern", data["concern"]),
        text=data["topic"],
        quote=data["words"],
    )


def _activity(entry):
    data = entry.data
    kind = ActionActivity.Kind(data["kind"])
    words = {
        "created": _("%(owner)s will: %(what)s"),
        "done": _("Done: %(what)s"),
        "dropped": _("Dropped: %(what)s"),
        "reopened": _("Open again: %(what)s"),
        "new_date": _("New date: %(what)s"),
        "handed_over": _("Handed over: %(what)s"),
        "note": _("Note on: %(what)s"),
    }
    return Told(
        words.get(kind, "%(what)s") % {"what": data["what"], "owner": data["owner"]},
        ACTIVITY_ICONS.get(kind, "actions"),
        tone={"done": "good", "reopened": "risk"}.get(kind, "us"),
        who=data["by"] or "",
        url=address("feedback:action", data["action"]),
        text=data["text"],
    )


def _letter(entry):
    data = entry.data
    words = LETTER_WORDS.get(data["state"], LETTER_WORDS["sent"])
    return Told(
        words
        % {
            "to": data["to"],
            "headline": data["headline"] or data["kind"],
            "reason": data["reason"],
        },
        "mail",
    )


def _change(entry):
    now, before = entry.data["now"], entry.data["before"] or {}
    changed = [name for name in now if name in before and now[name] != before[name]]
    said = [
        _("%(field)s: %(before)s → %(now)s")
        % {
            "field": name.removesuffix("_id").replace("_", " "),
            "before": before[name] or "–",
            "now": now[name] or "–",
        }
        for name in changed
    ]
    return Told(_("Facts changed"), "edit", who=entry.data["by"] or "", text="; ".join(said))


def _began(entry):
    role = Assignment.Role(entry.data["role"]).label
    words = _("%(name)s became %(role)s") % {"name": entry.data["name"], "role": role}
    return Told(words, "hand-over", tone="us", is_day=True)


def _ended(entry):
    role = Assignment.Role(entry.data["role"]).label
    words = _("Last day of %(name)s as %(role)s") % {"name": entry.data["name"], "role": role}
    return Told(words, "hand-over", is_day=True)


def _came(entry):
    words = _("%(name)s took up the post") % entry.data
    return Told(words, "person", text=entry.data["title"], is_day=True)


def _left(entry):
    words = _("%(name)s left") % entry.data
    return Told(words, "person", tone="watch", text=entry.data["title"], is_day=True)


TELLERS = {
    "meeting": _meeting,
    "response": _response,
    "concern": _concern,
    "verdict": _verdict,
    "activity": _activity,
    "surveyletter": _letter,
    "actionletter": _letter,
    "concernletter": _letter,
    "change": _change,
    "began": _began,
    "ended": _ended,
    "came": _came,
    "left": _left,
}
