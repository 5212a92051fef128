"""The only lookups a view may use."""

from django.shortcuts import get_object_or_404

from outbox.models import Letter


def get_letter(user, pk):
    """The letter, or 404 for whoever may not look into the outbox."""
    return get_object_or_404(Letter.objects.visible_to(user), pk=pk)
