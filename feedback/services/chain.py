"""Who hears of an overdue action at each rung, and who stands in where a post is empty."""

from accounts.models import User
from accounts.permissions import Role
from feedback.models import Rung


def teller_for(*, level, owner):
    """The user to tell at this rung, or None when nobody is left to tell.

    An empty post is never a dead end: the next higher one hears instead, at last the CCO again.
    """
    for step in [*range(level, Rung.Level.STATE_CIO + 1), Rung.Level.CCO]:
        user = _HOLDERS[step](owner)
        if user is not None:
            return user
    return None


def _owner(owner):
    return owner if owner.is_active else None


def _lead(owner):
    if owner.lead_id and owner.lead.is_active:
        return owner.lead
    leads = User.objects.active().filter(role=Role.LIAISON_LEAD)
    return leads.exclude(pk=owner.pk).order_by("pk").first()


def _cco(_owner):
    return User.objects.active().filter(role=Role.CCO).order_by("pk").first()


def _state_cio(_owner):
    return User.objects.active().filter(post=User.Post.STATE_CIO).order_by("pk").first()


_HOLDERS = {
    Rung.Level.OWNER: _owner,
    Rung.Level.LEAD: _lead,
    Rung.Level.CCO: _cco,
    Rung.Level.STATE_CIO: _state_cio,
}
