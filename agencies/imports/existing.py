"""What the portal knows already, read once for a preview."""

from dataclasses import dataclass, field

from django.apps import apps
from django.db.models import Max, Q

from agencies.models import Agency, AgencyDomain, AgencySpelling


@dataclass
class Known:
    """The agencies of some states, with their spellings and domains."""

    agencies: dict = field(default_factory=dict)  # id → row of values
    elsewhere: dict = field(default_factory=dict)  # domain → who has it, and is not among those
    spellings: dict = field(default_factory=dict)  # (state, spelling) → id
    domains: dict = field(default_factory=dict)  # domain → id


def known(states):
    """A snapshot of the agencies of these states."""
    fields = ["pk", "state", "name", "acronym", "city", "head_count", "cabinet", "closed_on"]
    spellings = AgencySpelling.objects.filter(state__in=states).order_by("pk")
    # What a spelling was decided to mean still holds when the agency's state was corrected.
    meant = Q(state__in=states) | Q(pk__in=spellings.order_by().values("agency"))
    agencies = {
        row["pk"]: row for row in Agency.objects.filter(meant).order_by("pk").values(*fields)
    }
    owned = list(
        AgencyDomain.objects.order_by("pk").values_list(
            "domain", "agency", "agency__name", "agency__state"
        )
    )
    return Known(
        agencies=agencies,
        elsewhere={
            domain: f"{name} ({state})" for domain, pk, name, state in owned if pk not in agencies
        },
        spellings={
            (state, spelling): pk
            for state, spelling, pk in spellings.values_list("state", "spelling", "agency")
        },
        # Of every state: a domain belongs to one agency in the whole portal.
        domains={domain: pk for domain, pk, *_owner in owned},
    )


def state_of_registry():
    """Another one after each change of what `known` reads, whoever made it: the history's newest
    rows. Two changes at once may be met in between; so an import looks for itself."""
    newest = [
        apps.get_model("agencies", f"{model}Event").objects.aggregate(newest=Max("pgh_id"))
        for model in ("Agency", "AgencySpelling", "AgencyDomain")
    ]
    return "-".join(str(one["newest"] or 0) for one in newest)
