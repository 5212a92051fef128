"""Who hears of an action at each rung, and who stands in where nobody is there to hear it."""

from accounts.models import User
from accounts.permissions import Role
from agencies.models import Agency
from feedback.models import Rung


def may_read(user, agency_id):
    """Whether they may be written to about this agency: what no page shows them no letter does."""
    return Agency.objects.visible_to(user).filter(pk=agency_id).exists()


def teller_for(*, level, action):
    """The user to tell at this rung, or None when nobody is left to tell.

    An empty post is never a dead end, nor is one whose holder may not see the agency: the next
    higher one hears instead, at last the CCO again.
    """
    for step in [*range(level, Rung.Level.STATE_CIO + 1), Rung.Level.CCO]:
        for user in _HOLDERS[step](action.owner):
            if user is not None and may_read(user, action.agency_id):
                return user
    return None


def _owner(owner):
    return [owner]


def _lead(owner):
    leads = User.objects.active().filter(role=Role.LIAISON_LEAD)
    return [owner.lead, leads.exclude(pk=owner.pk).order_by("pk").first()]


def _cco(_owner):
    return [User.objects.active().filter(role=Role.CCO).order_by("pk").first()]


def _state_cio(_owner):
    return [User.objects.active().filter(post=User.Post.STATE_CIO).order_by("pk").first()]


_HOLDERS = {
    Rung.Level.OWNER: _owner,
    Rung.Level.LEAD: _lead,
    Rung.Level.CCO: _cco,
    Rung.Level.STATE_CIO: _state_cio,
}
