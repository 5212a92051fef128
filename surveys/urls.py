"""Addresses of this app."""

from django.urls import path

from surveys.views import questionnaires, respondent, running, waves

app_name = "surveys"
urlpatterns = [
    path("s/<str:token>", respondent.open_link, name="open_link"),
    path("survey/<uuid:public_id>/", respondent.answer, name="answer"),
    path("survey/<uuid:public_id>/save/", respondent.autosave, name="autosave"),
    path("surveys/", waves.wave_list, name="wave_list"),
    path("surveys/new/", running.wave_add, name="wave_add"),
    path("surveys/audience/", running.audience, name="audience"),
    path("surveys/<int:pk>/", waves.wave, name="wave"),
    path("surveys/<int:pk>/results/", waves.results, name="results"),
    path("surveys/<int:pk>/comments/", waves.comments, name="comments"),
    path("surveys/<int:pk>/people/", waves.people, name="people"),
    path("surveys/<int:pk>/export/", waves.export, name="export"),
    path("surveys/<int:pk>/edit/", running.wave_edit, name="wave_edit"),
    path("surveys/<int:pk>/open/", running.wave_open, name="wave_open"),
    path("surveys/<int:pk>/extend/", running.wave_extend, name="wave_extend"),
    path("surveys/<int:pk>/end/", running.wave_end, name="wave_end"),
    path("surveys/links/<int:pk>/write/", running.invitation_write, name="invitation_write"),
    path("surveys/links/<int:pk>/revoke/", running.invitation_revoke, name="invitation_revoke"),
    path("surveys/questionnaires/", questionnaires.questionnaire_list, name="questionnaire_list"),
    path("surveys/questionnaires/new/", questionnaires.questionnaire_add, name="questionnaire_add"),
    path("surveys/questionnaires/<int:pk>/", questionnaires.questionnaire, name="questionnaire"),
    path(
        "surveys/questionnaires/<int:pk>/edit/",
        questionnaires.questionnaire_edit,
        name="questionnaire_edit",
    ),
    path(
        "surveys/questionnaires/<int:pk>/copy/",
        questionnaires.questionnaire_copy,
        name="questionnaire_copy",
    ),
    path("surveys/questionnaires/<int:pk>/preview/", questionnaires.preview, name="preview"),
    path("surveys/questionnaires/<int:pk>/add/", questionnaires.question_add, name="question_add"),
    path("surveys/questions/<int:pk>/", questionnaires.question_edit, name="question_edit"),
    path("surveys/questions/<int:pk>/move/", questionnaires.question_move, name="question_move"),
    path(
        "surveys/questions/<int:pk>/delete/",
        questionnaires.question_delete,
        name="question_delete",
    ),
]
