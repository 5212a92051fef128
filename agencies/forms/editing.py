"""A record that is edited: what the form starts from, and what to do when somebody was first."""

from agencies.models import Agency, Person
from crm_portal.widgets import DateTimeInput


def meeting_initial(meeting):
    """The form's start. What the user may not see is simply not offered."""
    return {
        "agencies": list(meeting.places.values_list("agency", flat=True)),
        "people": list(meeting.people.values_list("pk", flat=True)),
        "colleagues": list(meeting.colleagues.values_list("pk", flat=True)),
        "mode": meeting.mode,
        "mood": meeting.mood,
        "note": meeting.note,
        "minutes": meeting.minutes,
        "restricted": meeting.restricted,
        "version": meeting.version,
        **DateTimeInput.as_sent("held_at", meeting.held_at),
    }


def with_unseen(user, meeting, facts):
    """The facts, with the agencies and people that the user could not see left in their place.

    The form shows no seconds, so a time that was not touched stays as it is.
    """
    visible = Agency.objects.visible_to(user)
    agencies = Agency.objects.filter(meetings=meeting).exclude(pk__in=visible)
    people = Person.objects.filter(meetings=meeting).exclude(agency__in=visible)
    facts = {
        **facts,
        "agencies": [*facts["agencies"], *agencies],
        "people": [*facts["people"], *people],
        # The form does not offer the user themselves, who may well have been there.
        "colleagues": [*facts["colleagues"], *meeting.colleagues.filter(pk=user.pk)],
    }
    if facts["held_at"] == meeting.held_at.replace(second=0, microsecond=0):
        facts["held_at"] = meeting.held_at
    return facts


def differing(form):
    """(label, what is on record) where it is not what the user sent; for a form of a model."""
    theirs = getattr(form, "theirs", None)
    if theirs is None:
        return []
    return [
        (form[name].label, _words(theirs, name))
        for name in form.Meta.fields
        if form.cleaned_data.get(name) != getattr(theirs, name)
    ]


def _words(row, name):
    show = getattr(row, f"get_{name}_display", None)
    value = show() if show else getattr(row, name)
    return "–" if value in (None, "") else value
