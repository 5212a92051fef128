"""The states that an office may belong to, and the days on which each of them is closed."""

import datetime as dt

from holidays import country_holidays

STATES = frozenset(country_holidays("US").subdivisions)


def holidays_of(state, *, years) -> dict[dt.date, str]:
    """What the state keeps as holidays, in order; an office may keep others."""
    return dict(sorted(country_holidays("US", subdiv=state, years=years).items()))
