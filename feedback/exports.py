"""Lists to take away, as rows of cells; `crm_portal.lib.sheets` writes them."""

from django.utils.translation import gettext as _

from accounts import office
from accounts.vocabulary import words


def actions(rows, today):
    """Rows of actions."""
    yield [
        words().Agency,
        _("Action"),
        _("Owner"),
        _("Due on"),
        _("State"),
        _("Days late"),
        _("Rung"),
        _("They told us"),
        _("What was done"),
    ]
    calendar = office.calendar()
    for row in rows.iterator(chunk_size=500):
        is_open = row.state == row.State.OPEN
        late = (today - calendar.at_work(row.due_on)).days if is_open else 0
        yield [
            row.agency.name,
            row.what,
            row.owner.name,
            row.due_on.isoformat(),
            row.get_state_display(),
            late if late > 0 else "",
            row.rung or "",
            row.concern.quote if row.concern else "",
            row.outcome,
        ]
