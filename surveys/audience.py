"""Whom a wave asks."""

from agencies.models import Person


def audience(wave):
    """The respondents that the wave's rule names, at agencies that still exist. Saved or not."""
    people = Person.objects.respondents().filter(agency__closed_on=None)
    if wave.audience_levels:
        people = people.filter(level__in=wave.audience_levels)
    if wave.audience_tiers:
        people = people.filter(agency__tier__in=wave.audience_tiers)
    return people
