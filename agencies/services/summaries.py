"""What lists show of the newest meetings, kept beside the agency."""

from django.db.models import Max, OuterRef, Q, Subquery

from accounts.history import service
from agencies.models import Agency, Meeting, MeetingAgency

IS_VISIT = Q(meeting__mode=Meeting.Mode.AT_AGENCY)


def lock(agency_ids):
    """Wait for everybody else who changes the summaries of these agencies; always in one order."""
    rows = Agency.objects.filter(pk__in=agency_ids).order_by("pk")
    list(rows.select_for_update(no_key=True).values("pk"))


def count_again(agency_ids):
    """Read the newest contact and visit anew. Call `lock` first, in an earlier statement:
    otherwise a meeting that is being logged at this moment would be missed."""
    Agency.objects.filter(pk__in=agency_ids).update(
        last_contact_at=_newest(Q()), last_visit_at=_newest(IS_VISIT)
    )


def _newest(condition):
    places = MeetingAgency.objects.on_record().filter(condition, agency=OuterRef("pk"))
    newest = places.order_by().values("agency").annotate(at=Max("held_at")).values("at")
    return Subquery(newest)


@service
def rebuild(*, by=None):
    """Count every summary again from the meetings. Returns how many agencies were looked at."""
    ids = list(Agency.objects.order_by("pk").values_list("pk", flat=True))
    lock(ids)
    count_again(ids)
    return len(ids)
