"""Who looks after which agency, from when until when."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import formats
from django.utils.translation import gettext as _

from accounts.history import service
from accounts.permissions import Role
from accounts.vocabulary import words
from agencies.models import Assignment
from agencies.services.rules import broken_rule, sentence
from crm_portal.lib.refusals import Refusal

_DAY = dt.timedelta(days=1)


@service
def assign(*, agency, user, role, starts_on, until=None, by):
    """Give a user a role at an agency. `until` is the last day.

    Refuses a second primary liaison at the same time, and names the first.
    """
    _check_user(user)
    if until is not None and until < starts_on:
        raise Refusal(sentence("assignments_end_after_they_start"))
    try:
        with transaction.atomic():
            return Assignment.objects.create(
                agency=agency, user=user, role=role, starts_on=starts_on, until=until
            )
    except IntegrityError as error:
        if broken_rule(error) != "one_primary_liaison_at_a_time":
            raise
        raise Refusal(_taken(agency, starts_on, until)) from error


@service
def end(*, assignment, on, by):
    """The assignment's last day. One that has not begun by then cannot end there."""
    if on < assignment.starts_on:
        raise Refusal(
            _("This assignment starts on %(date)s. Choose that day or a later one.")
            % {"date": _date(assignment.starts_on)}
        )
    assignment.until = on
    try:
        with transaction.atomic():
            assignment.save(update_fields=["until"])
    except IntegrityError as error:
        if broken_rule(error) != "one_primary_liaison_at_a_time":
            raise
        raise Refusal(
            _taken(assignment.agency, assignment.starts_on, on, but=assignment)
        ) from error
    return assignment


@service
def hand_over(*, agency, to, on, by):
    """`to` becomes the primary liaison on that day; the one before ends the day before.

    Without a primary liaison before, it is a plain assignment.
    """
    current = Assignment.objects.select_for_update().filter(agency=agency).primary().on(on).first()
    if current is not None:
        if current.user_id == to.pk:
            raise Refusal(_("%(name)s is the primary liaison already.") % {"name": to})
        if current.starts_on == on:
            raise Refusal(
                _("%(name)s starts on that very day. Choose a later one.") % {"name": current.user}
            )
        following, current.until = current.until, on - _DAY
        current.save(update_fields=["until"])
    else:
        following = None
    return assign(
        agency=agency, user=to, role=Assignment.Role.PRIMARY, starts_on=on, until=following, by=by
    )


def _check_user(user):
    if not user.is_active or user.role == Role.REPRESENTATIVE:
        raise Refusal(
            _("%(name)s cannot look after %(an_agency)s. Choose somebody of the office.")
            % {"name": user, "an_agency": words().an_agency}
        )


def _taken(agency, starts_on, until, *, but=None):
    """The sentence that names who is the primary liaison during these days."""
    others = Assignment.objects.filter(agency=agency).primary().select_related("user")
    if until is not None:
        others = others.filter(starts_on__lte=until)
    if but is not None:
        others = others.exclude(pk=but.pk)
    for other in others.order_by("starts_on"):
        if other.until is None:
            return _(
                "%(name)s is the primary liaison from %(start)s on. "
                "End that assignment first, or hand over."
            ) % {"name": other.user, "start": _date(other.starts_on)}
        if other.until >= starts_on:
            return _(
                "%(name)s is the primary liaison from %(start)s to %(end)s. "
                "Choose other days, or hand over."
            ) % {
                "name": other.user,
                "start": _date(other.starts_on),
                "end": _date(other.until),
            }
    return sentence("one_primary_liaison_at_a_time")


def _date(date):
    return formats.date_format(date, "F j, Y")
