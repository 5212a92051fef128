"""The only look-ups that a view may use. What a user may not see does not exist: 404."""

from django.shortcuts import get_object_or_404

from agencies.models import (
    Agency,
    AgencyImport,
    AgencySpelling,
    Assignment,
    ImportDraft,
    Meeting,
    Person,
)


def get_agency(user, pk):
    return get_object_or_404(Agency.objects.visible_to(user).select_related("parent"), pk=pk)


def get_meeting(user, pk):
    return get_object_or_404(Meeting.objects.visible_to(user).select_related("logged_by"), pk=pk)


def get_person(user, pk):
    return get_object_or_404(Person.objects.visible_to(user).select_related("agency"), pk=pk)


def get_assignment(user, pk):
    rows = Assignment.objects.visible_to(user).select_related("agency", "user")
    return get_object_or_404(rows, pk=pk)


def get_spelling(user, pk):
    rows = AgencySpelling.objects.visible_to(user).select_related("agency", "split_from")
    return get_object_or_404(rows, pk=pk)


def get_import_draft(user, pk):
    """An upload is its owner's alone until it is taken over."""
    return get_object_or_404(ImportDraft, pk=pk, by=user)


def get_import(pk):
    return get_object_or_404(AgencyImport.objects.select_related("by"), pk=pk)
