"""Who at the office picks up the telephone when somebody stays silent."""

from accounts.models import User
from accounts.permissions import Role
from agencies import queries


def callers(agency_ids, today):
    """{agency's pk: user}: the primary liaison, else the backup, else a lead, else the CCO."""
    found = queries.backup_liaisons(agency_ids, today) | queries.primary_liaisons(agency_ids, today)
    if missing := set(agency_ids) - set(found):
        heads = {
            user.role: user
            for user in User.objects.active()
            .filter(role__in=[Role.LIAISON_LEAD, Role.CCO])
            .order_by("-pk")
        }
        head = heads.get(Role.LIAISON_LEAD) or heads.get(Role.CCO)
        found |= dict.fromkeys(missing, head) if head is not None else {}
    return found
