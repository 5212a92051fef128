"""What the portal knows already, read once for a preview."""

from dataclasses import dataclass, field

from agencies.models import Agency, AgencyDomain, AgencySpelling


@dataclass
class Known:
    """The agencies of some states, with their spellings and domains."""

    agencies: dict = field(default_factory=dict)  # id → row of values
    spellings: dict = field(default_factory=dict)  # (state, spelling) → id
    domains: dict = field(default_factory=dict)  # domain → id


def known(states):
    """A snapshot of the agencies of these states."""
    fields = ["pk", "state", "name", "acronym", "city", "head_count", "cabinet"]
    rows = Agency.objects.filter(state__in=states).order_by("pk").values(*fields)
    spellings = AgencySpelling.objects.filter(state__in=states).order_by("pk")
    return Known(
        agencies={row["pk"]: row for row in rows},
        spellings={
            (state, spelling): pk
            for state, spelling, pk in spellings.values_list("state", "spelling", "agency")
        },
        # Of every state: a domain belongs to one agency in the whole portal.
        domains=dict(AgencyDomain.objects.order_by("pk").values_list("domain", "agency")),
    )
