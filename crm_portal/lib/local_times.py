"""Which instants a local time stands for: in the night in which clocks go back, some come twice."""

import datetime as dt

from django.utils import timezone

# How the two are called where one must be chosen.
FIRST, SECOND = "first", "second"


def instants(local, zone):
    """The instants (UTC, in their order) at which clocks in the zone showed `local` (naive): one;
    two in the hour that is repeated; none in the one that is skipped, or at the ends of time."""
    try:
        found = {local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1)}
        return sorted(one for one in found if one.astimezone(zone).replace(tzinfo=None) == local)
    except OverflowError:
        return []


def after_gap(local, zone):
    """What clocks showed instead of a time that they skipped."""
    return local.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None)


def which_of_two(instant):
    """FIRST or SECOND where clocks in the current zone showed the same twice, else ""."""
    local = timezone.localtime(instant)
    if len(instants(local.replace(tzinfo=None), local.tzinfo)) < 2:
        return ""
    return SECOND if local.fold else FIRST
