"""Who reads: what shapes the statements that are kept for a user, by `worded_once`."""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone

from accounts import office
from accounts.models import User


@dataclass(frozen=True)
class Reader:
    """What a user may see follows from these, and from rows."""

    pk: int
    role: str
    is_active: bool
    today: dt.date
    user: User = field(compare=False)

    @classmethod
    def of(cls, user):
        return cls(user.pk, user.role, user.is_active, office.local_date(timezone.now()), user)
