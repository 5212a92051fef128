"""Concerns and actions as lists show them."""

import datetime as dt

from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from accounts import office
from accounts.models import User
from accounts.permissions import SEES_EVERY_AGENCY
from agencies.models import Agency, Assignment
from feedback.models import Action, Concern, is_late

GROUPS = [("overdue", _("overdue")), ("week", _("this week")), ("later", _("later"))]
WHOSE = [("mine", _("Mine")), ("agencies", _("Those I look after")), ("all", _("All"))]
# Verdicts older than this say little about how we work today.
VERDICT_DAYS = 365
OUTCOMES = [
    ("work", _("being worked on")),
    ("untold", _("not yet reported back")),
    ("told", _("reported back in the last year")),
    ("waiting", _("… no verdict yet")),
    ("fixed", _("… fixed")),
    ("not_fixed", _("… not fixed")),
]


def concerns(user):
    """Those that the user may see: without an answer first, then the newest."""
    return (
        Concern.objects.visible_to(user)
        .select_related("agency", "raised_by", "answer__question", "answer__response__wave")
        .annotate(
            rank=Case(When(state="new", then=0), default=1, output_field=IntegerField()),
            next_due=Subquery(
                Action.objects.open()
                .filter(concern=OuterRef("pk"))
                .order_by("due_on")
                .values("due_on")[:1]
            ),
        )
        .order_by("rank", "-raised_at", "-pk")
    )


def verdicts_since(today):
    """The instant from which verdicts are counted."""
    day = today - dt.timedelta(days=VERDICT_DAYS)
    return dt.datetime.combine(day, dt.time(), tzinfo=office.zone())


def of_outcome(rows, outcome, today):
    """Concerns with one of OUTCOMES."""
    if outcome == "work":
        return rows.in_work()
    if outcome == "untold":
        return rows.untold()
    verdict = {"told": None, "waiting": ""}.get(outcome, outcome)
    return rows.told(since=verdicts_since(today), verdict=verdict)


def concern_counts(rows):
    """How many, and how many without an answer: of the filtered list."""
    return rows.order_by().aggregate(total=Count("pk"), new=Count("pk", filter=Q(state="new")))


def agencies_of(user, today):
    """The agencies that the user looks after today, in whichever role."""
    return Assignment.objects.filter(user=user).on(today).values("agency")


def mine(rows, user, today):
    """Concerns that wait for this user: of their agencies, or with an action of theirs."""
    return rows.filter(
        Q(agency__in=agencies_of(user, today))
        | Q(pk__in=Action.objects.open().filter(owner=user).values("concern"))
    )


def actions(user):
    """Those that the user may see, with the rung that their current cycle has reached."""
    rows = Action.objects.visible_to(user).select_related("agency", "owner", "concern")
    return rows.with_rung().order_by("due_on", "pk")


def whose(rows, user, choice, today):
    """Mine, those of my agencies, or all."""
    if choice == "mine":
        return rows.filter(owner=user)
    if choice == "agencies":
        return rows.filter(agency__in=agencies_of(user, today))
    return rows


def whose_counts(rows, user, today):
    """How many of these each tab shows, in one statement."""
    return rows.order_by().aggregate(
        mine=Count("pk", filter=Q(owner=user)),
        agencies=Count("pk", filter=Q(agency__in=agencies_of(user, today))),
        all=Count("pk"),
    )


def with_group(rows, today):
    """Each with its `group`: overdue, this week (it ends on Sunday) or later."""
    sunday = today + dt.timedelta(days=6 - today.weekday())
    group = Case(
        When(is_late(today), then=Value("overdue")),
        When(due_on__lte=sunday, then=Value("week")),
        default=Value("later"),
    )
    return rows.annotate(group=group)


def grouped(rows, today):
    """Rows with their group, and the size of each group."""
    rows = with_group(rows, today)
    sizes = rows.order_by().values("group").annotate(size=Count("pk")).values_list("group", "size")
    return rows, dict(sizes)


def owners_for(agency, today):
    """Who may own an action of this agency: whoever may work on it and sees it."""
    assigned = Assignment.objects.filter(agency=agency).on(today).values("user")
    return User.objects.owners().filter(Q(role__in=SEES_EVERY_AGENCY) | Q(pk__in=assigned))


def first_guess(user, today):
    """What a new action begins with: the user's own, due in two working weeks."""
    return {"owner": user, "due_on": office.calendar().add_business_days(today, 10)}


def told_by(person):
    """What a person raised, newest first, with what came of it."""
    return _with_outcome(person.concerns.all())


def told_by_agencies_of(user):
    """What the user's own agency raised. Only the user's own words are shown to them."""
    person = getattr(user, "person", None)
    return _with_outcome(Concern.objects.visible_to(user)).annotate(
        is_own=Case(When(raised_by=person, then=1), default=0, output_field=IntegerField())
        if person
        else Value(0)
    )


def _with_outcome(rows):
    return (
        rows.select_related("answer__question", "raised_by")
        .prefetch_related("report_backs")
        .order_by("-raised_at", "-pk")
    )


def undisposed_of(wave, user):
    """The concerns of a wave that still need an answer, as far as the user may see them."""
    return (
        Concern.objects.visible_to(user)
        .undisposed()
        .filter(answer__response__wave=wave)
        .select_related("agency", "raised_by", "answer__question")
        .order_by("agency__name", "pk")
    )


def agencies(user):
    """Agencies that a list can be filtered by, or a form can choose."""
    return Agency.objects.visible_to(user).active().order_by("name")


def latest(rows):
    """Done and dropped ones, newest first."""
    return rows.order_by(F("done_at").desc(nulls_last=True), "-pk")
