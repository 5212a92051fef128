"""Shows what a letter says, without sending it and without its keys."""

import structlog

from crm_portal.letters import Skip
from outbox.rendering import Rendered, render, without_links
from outbox.services import claims

log = structlog.get_logger(__name__)


def of(letter, *, now):
    """The letter as it would be written now, its links cut; None when it would not be."""
    try:
        message = claims.compose(letter, now=now)
        if isinstance(message, Skip):
            return None
        rendered = render(letter, message)
    except Exception:
        # What is wrong with it stands in its history; the page about it must open.
        log.exception("letter_not_shown", letter=letter.pk)
        return None
    return Rendered(rendered.headline, without_links(rendered.text), without_links(rendered.html))
