"""Lists to take away, as rows of cells; `crm_portal.lib.sheets` writes them."""

from django.utils.translation import gettext as _

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
    for row in rows.iterator(chunk_size=500):
        is_late = row.state == row.State.OPEN and row.due_on < today
        yield [
            row.agency.name,
            row.what,
            row.owner.name,
            row.due_on.isoformat(),
            row.get_state_display(),
            (today - row.due_on).days if is_late else "",
            row.rung or "",
            row.concern.quote if row.concern else "",
            row.outcome,
        ]
