"""Half-written meeting notes, as the form wants them."""

import json
from dataclasses import dataclass, field

from accounts.models import Draft

SEVERAL = {"agencies", "people", "colleagues"}
FLAGS = {"restricted"}


@dataclass
class MeetingDraft:
    """What was kept of a form. `initial` fills it; `saved_at` is None when nothing was kept."""

    key: str
    agency: int | None = None
    initial: dict = field(default_factory=dict)
    saved_at: object = None
    sequences: dict = field(default_factory=dict)

    @property
    def kept(self):
        """How new what we have of each field is, as the script that keeps the form reads it."""
        return json.dumps(self.sequences)


def key(agency=None):
    """One draft for each agency that a note was begun from, and one for none."""
    return f"meeting:{agency or ''}"


def meeting_draft(user, agency):
    """The user's own draft, or an empty one that has the agency chosen."""
    row = Draft.objects.filter(user=user, form=key(agency)).first()
    kept = _initial(row.fields) if row else {}
    if agency:
        kept.setdefault("agencies", [agency])
    return MeetingDraft(
        key=key(agency),
        agency=agency,
        initial=kept,
        saved_at=row.saved_at if row else None,
        sequences=row.sequences if row else {},
    )


def free_key(user, agencies):
    """(key, agency) of a draft that the user has not begun: for none, or for one of these."""
    for agency in [None, *agencies]:
        if not Draft.objects.filter(user=user, form=key(agency)).exists():
            return key(agency), agency
    return None, None


def as_fields(initial):
    """The start of a form as a browser would send it: {field: values}."""
    sent = {name: value for name, value in initial.items() if value and name != "version"}
    return {
        name: [str(one) for one in (value if name in SEVERAL else [value])]
        for name, value in sent.items()
    }


def _initial(fields):
    initial = {}
    for name, values in fields.items():
        if name in SEVERAL:
            initial[name] = values
        elif name in FLAGS:
            initial[name] = bool(values)
        elif values:
            initial[name] = values[0]
    return initial
