"""Who is asked, and which letter goes to whom next."""

from collections import defaultdict

from django.db.models import Max, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import office
from accounts.history import service
from crm_portal.lib import links
from crm_portal.lib.refusals import Refusal
from outbox.models import Letter
from outbox.services import planning
from surveys.audience import audience
from surveys.models import Invitation, Response, Wave
from surveys.schedule import due_step
from surveys.services import summaries
from surveys.services.callers import callers
from surveys.services.sweeps import one_by_one


class CannotWrite(Refusal):
    """There is no use in another letter."""


@service
def invite(*, wave, now):
    """Invite everybody in the audience who is not invited yet. Returns how many that were.

    Called again, it invites only those who became respondents in the meantime.
    """
    # Every tick asks, and nearly always there is nobody: then no row is read, and none locked.
    if not _uninvited(wave).exists():
        return 0
    current = Wave.objects.select_for_update(no_key=True).get(pk=wave.pk)
    if current.state != Wave.State.OPEN:
        return 0
    people = list(_uninvited(current))
    rows = [
        Invitation(
            wave=current,
            person=person,
            agency_id=person.agency_id,
            invited_at=now,
            **links.issue("survey"),
        )
        for person in people
    ]
    Invitation.objects.bulk_create(rows, ignore_conflicts=True)
    new = Invitation.objects.filter(public_id__in=[row.public_id for row in rows])
    first = office.calendar().next_opening(now)
    planning.plan_many(
        letters=[
            _letter(invitation, "invitation", 0, invitation.person, first)
            for invitation in new.select_related("person")
        ],
        now=now,
    )
    summaries.count_invited(wave=current)
    return len(rows)


def _uninvited(wave):
    return audience(wave).exclude(invitations__wave=wave)


def plan_letters(*, now):
    """Invite whom the open waves have not reached yet, and plan each reminder that is due."""

    def write(wave):
        invite(wave=wave, now=now)
        _plan_reminders(wave=wave, now=now)

    one_by_one(Wave.objects.open(), write)


@service
def revoke(*, invitation, by, now):
    """Take the link back. What was answered stays; a draft can no longer be sent."""
    Wave.objects.select_for_update(no_key=True).get(pk=invitation.wave_id)
    current = Invitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
    if current.revoked_at is not None:
        return
    links.renew("survey", current)
    current.revoked_at = now
    current.save(update_fields=["revoked_at", "epoch", "key_id", "token_hash"])
    planning.cancel(
        purpose="survey",
        subjects=[_subject(current)],
        kinds=["invitation", "reminder", "phone"],
        reason=_("The link was taken back."),
        now=now,
    )
    summaries.count_invited(wave=Wave(pk=current.wave_id))


@service
def write_again(*, invitation, by, now):
    """Send the link once more: to a new address, or because the letter was lost. After the link
    was taken back, it is a new one."""
    # As in `revoke`: whoever is counted anew is counted under the wave's lock.
    Wave.objects.select_for_update(no_key=True).get(pk=invitation.wave_id)
    current = (
        Invitation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("wave", "person")
        .get(pk=invitation.pk)
    )
    # Read after the lock: a join would show the answers as they were before waiting.
    if Response.objects.submitted().filter(invitation=current).exists():
        raise CannotWrite(_("This person has answered already."))
    if current.wave.state != Wave.State.OPEN:
        raise CannotWrite(_("The survey takes no answers now. Give it more time first."))
    if not current.person.email or current.person.left_on is not None:
        raise CannotWrite(_("This person has left or has no address. Change that first."))
    if current.revoked_at is not None:
        _give_back(current)
    letters = Letter.objects.about("survey", [_subject(current)]).filter(kind="invitation")
    if letters.unsettled().filter(recipient=current.person.email).exists():
        raise CannotWrite(_("A letter with the link is on its way already."))
    last = letters.aggregate(last=Max("seq"))["last"]
    seq = 0 if last is None else last + 1
    letter = _letter(current, "invitation", seq, current.person, now)
    letter["details"]["by_hand"] = True
    planning.plan(**letter, now=now)


def _give_back(invitation):
    links.renew("survey", invitation)
    invitation.revoked_at = None
    invitation.save(update_fields=["revoked_at", "epoch", "key_id", "token_hash"])
    summaries.count_invited(wave=invitation.wave)


@service
def _plan_reminders(*, wave, now):
    """Plan the step that is due for everybody silent. Steps that a later one has overtaken are
    put on record as not sent."""
    calendar = office.calendar()
    due = defaultdict(list)
    # All instants, also those at which everybody has answered: an index alone knows them.
    at_once = Invitation.objects.filter(wave=wave).order_by().values_list("invited_at", flat=True)
    for invited_at in at_once.distinct():
        step = due_step(
            invited_at=invited_at, reminder_days=wave.reminder_days, calendar=calendar, now=now
        )
        if step is not None and step.seq > 0:
            due[step.seq, step.kind].append(invited_at)
    leaves_at = calendar.next_opening(now)
    for (seq, kind), instants in sorted(due.items()):
        if unplanned := _unplanned(wave, seq, instants):
            _skip_overtaken(unplanned, seq, now=now)
            _plan_step(unplanned, seq, kind, due_at=leaves_at, now=now)


def _unplanned(wave, seq, invited_at):
    """Locked: who plans at the same time waits, and then finds that there is nothing left to do.
    Later steps belong to earlier invitations, so that all ticks lock them in this one order."""
    rows = _silent(wave).filter(planned_step__lt=seq, invited_at__in=invited_at)
    rows = rows.select_related("person").order_by("-invited_at", "pk")
    held = list(rows.select_for_update(of=("self",), no_key=True))
    # Read after the lock: a join shows the answers as they were before waiting.
    sent = Response.objects.submitted().filter(invitation__in=[row.pk for row in held])
    answered = set(sent.values_list("invitation", flat=True))
    return [row for row in held if row.pk not in answered]


def _silent(wave):
    return Invitation.objects.filter(wave=wave, revoked_at=None).filter(
        Q(response=None) | Q(response__submitted_at=None)
    )


def _plan_step(invitations, seq, kind, *, due_at, now):
    """Each gets its row in the ledger, also where there is nobody to write to."""
    if kind == "phone":
        found = callers({i.agency_id for i in invitations}, office.local_date(now))
        readers = {i: found.get(i.agency_id) for i in invitations}
        reason = _("Nobody can be asked to phone: no liaison, lead or CCO has an open account.")
    else:
        readers = {i: i.person for i in invitations}
        reason = _("This person has no address.")
    planning.plan_many(
        letters=[_letter(i, kind, seq, reader, due_at) for i, reader in readers.items()], now=now
    )
    planning.cancel(
        purpose="survey",
        subjects=[_subject(i) for i, reader in readers.items() if not (reader and reader.email)],
        kinds=[kind],
        reason=reason,
        now=now,
    )
    Invitation.objects.filter(pk__in=[i.pk for i in invitations]).update(planned_step=seq)


def _skip_overtaken(invitations, seq, *, now):
    """The steps before `seq` are not sent any more: not those waiting, nor those never planned."""
    subjects = [_subject(invitation) for invitation in invitations]
    known = set(
        Letter.objects.about("survey", subjects)
        .filter(kind="reminder")
        .values_list("subject", "seq")
    )
    planning.plan_many(
        letters=[
            _letter(invitation, "reminder", earlier, invitation.person, now)
            for invitation in invitations
            for earlier in range(1, seq)
            if (_subject(invitation), earlier) not in known
        ],
        now=now,
    )
    planning.cancel(
        purpose="survey",
        subjects=subjects,
        kinds=["reminder"],
        reason=_("It came too late: the next step was due already."),
        now=now,
    )


def _subject(invitation):
    return f"invitation:{invitation.pk}"


def _letter(invitation, kind, seq, reader, due_at):
    """`reader` is None when there is nobody to write to, and the letter is only put on record."""
    return {
        "purpose": "survey",
        "subject": _subject(invitation),
        "kind": kind,
        "seq": seq,
        "recipient": reader.email if reader else "",
        "recipient_name": reader.name if reader else "",
        "details": {"page": page_about(invitation)},
        "due_at": due_at,
    }


def page_about(invitation):
    """Where staff find what a letter about the invitation is about."""
    return reverse("surveys:people", args=[invitation.wave_id])
