"""The only ways in which a view of this app gets a row."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from crm_portal.lib import links
from crm_portal.lib.worded import worded_once
from surveys.models import Invitation, Question, Questionnaire, Wave


class DeadLink(Exception):
    """The link or the visit leads nowhere (any more). `status` is the page's; `invitation` is whose
    link it is, where only the survey is over."""

    def __init__(self, status, invitation=None):
        super().__init__()
        self.status, self.invitation = status, invitation


def get_wave(user, pk):
    """Every wave may be seen by all who may see waves; which answers, says `visible_to`."""
    return get_object_or_404(Wave.objects.select_related("questionnaire"), pk=_id(pk))


def get_questionnaire(user, pk):
    return get_object_or_404(Questionnaire, pk=_id(pk))


def get_question(user, pk):
    return get_object_or_404(Question.objects.select_related("questionnaire"), pk=_id(pk))


def get_invitation(user, pk):
    """The invitation, or 404 when it went to another agency's person."""
    rows = Invitation.objects.visible_to(user).select_related("wave", "person")
    return get_object_or_404(rows, pk=_id(pk))


def get_invitation_of_link(token):
    """Whose link this is. DeadLink when nobody's, taken back, or the wave takes no answers."""
    return _alive(token_hash=links.fingerprint(token))


def is_good_link(token):
    """Whether the link leads to an invitation at all. A good one works even from an address from
    which somebody guesses: it is shared by everybody in an office."""
    return links.is_issued(Invitation, token)


def get_invitation_of_visit(token_hash, public_id):
    """Whose visit this is: the cookie must belong to the very invitation in the address."""
    return _alive(token_hash=token_hash or "", public_id=public_id)


def _alive(**facts):
    invitation = next(iter(_invitations(**facts)), None)
    if invitation is None:
        raise DeadLink(404)
    if invitation.revoked_at is not None:
        raise DeadLink(410)
    if not invitation.wave.takes_answers(timezone.now()):
        raise DeadLink(410, invitation)
    return invitation


@worded_once
def _invitations(**facts):
    rows = Invitation.objects.select_related("wave__questionnaire", "agency", "person", "response")
    return rows.filter(**facts)


def _id(pk):
    """Numbers that no row can have are not asked for: the database would refuse them."""
    if not 0 < pk < 2**63:
        raise Http404
    return pk
