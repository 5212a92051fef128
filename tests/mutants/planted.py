"""Checks for the tool to take out: one that matters, and two that make up for each other."""

from agencies.models import Agency


def agencies(user):
    return Agency.objects.visible_to(user)


def agencies_asked_twice(user):
    return Agency.objects.visible_to(user).visible_to(user)
