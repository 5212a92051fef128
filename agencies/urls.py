"""Addresses of agencies, their people, their meetings and the import."""

from django.urls import path

from agencies.views import (
    assignments,
    exports,
    facts,
    imports,
    meeting_log,
    meetings,
    people,
)

app_name = "agencies"
urlpatterns = [
    path("meetings/", meetings.meeting_list, name="meetings"),
    path("meetings/export/", exports.meeting_export, name="meeting_export"),
    path("meetings/log/", meeting_log.meeting_log, name="meeting_log"),
    path("meetings/log/draft/", meeting_log.meeting_draft_keep, name="meeting_draft"),
    path("meetings/log/discard/", meeting_log.meeting_draft_discard, name="meeting_draft_discard"),
    path("meetings/log/picker/", meeting_log.meeting_picker, name="meeting_picker"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("meetings/<int:pk>/edit/", meetings.meeting_edit, name="meeting_edit"),
    path("meetings/<int:pk>/withdraw/", meetings.meeting_withdraw, name="meeting_withdraw"),
    path("agencies/add/", facts.agency_add, name="add"),
    path("agencies/<int:pk>/edit/", facts.agency_edit, name="edit"),
    path("agencies/<int:pk>/spellings/", facts.spelling_list, name="spellings"),
    path("agencies/<int:pk>/domain-back/", facts.domain_back, name="domain_back"),
    path("agencies/<int:pk>/people/", people.person_list, name="people"),
    path("agencies/<int:pk>/people/add/", people.person_add, name="person_add"),
    path("agencies/<int:pk>/liaisons/", assignments.assignment_list, name="assignments"),
    path("agencies/<int:pk>/liaisons/add/", assignments.assignment_add, name="assignment_add"),
    path("agencies/<int:pk>/liaisons/hand-over/", assignments.hand_over, name="hand_over"),
    path("liaisons/<int:pk>/end/", assignments.assignment_end, name="assignment_end"),
    path("people/<int:pk>/", people.person_edit, name="person"),
    path("people/<int:pk>/left/", people.person_left, name="person_left"),
    path("spellings/<int:pk>/split/", facts.spelling_split, name="spelling_split"),
    path("spellings/<int:pk>/undo/", facts.spelling_undo, name="spelling_undo"),
    path("agencies/import/", imports.upload, name="import"),
    path("agencies/import/<int:pk>/", imports.preview, name="import_preview"),
    path("agencies/import/<int:pk>/columns/", imports.map_columns, name="import_columns"),
    path("agencies/import/<int:pk>/decide/", imports.decide, name="import_decide"),
    path("agencies/import/<int:pk>/apply/", imports.apply, name="import_apply"),
    path("agencies/import/<int:pk>/discard/", imports.discard, name="import_discard"),
    path("agencies/imported/<int:pk>/", imports.result, name="import_result"),
]
