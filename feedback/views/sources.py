"""Which meeting and which agency an address like `?meeting=3&agency=7` means."""

from agencies.access import get_agency, get_meeting


def number(text):
    """A row's number, or None when it is none: too long ones are none either."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def source_of(request):
    """(meeting or None, agency), or None when the address leaves the agency open."""
    meeting_pk = number(request.GET.get("meeting", ""))
    agency_pk = number(request.GET.get("agency", ""))
    meeting = get_meeting(request.user, meeting_pk) if meeting_pk else None
    if agency_pk:
        return meeting, get_agency(request.user, agency_pk)
    there = list(meeting.agencies.visible_to(request.user)[:2]) if meeting else []
    return (meeting, there[0]) if len(there) == 1 else None
