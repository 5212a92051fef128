"""Addresses of this app."""

from django.urls import path

from feedback.views import actions, concerns, raiser, waves

app_name = "feedback"
urlpatterns = [
    path("concerns/", concerns.concern_list, name="concern_list"),
    path("concerns/raise/", concerns.concern_raise, name="concern_raise"),
    path("concerns/<int:pk>/", concerns.concern, name="concern"),
    path("concerns/<int:pk>/action/", concerns.concern_action, name="concern_action"),
    path("concerns/<int:pk>/reply/", concerns.concern_reply, name="concern_reply"),
    path("concerns/<int:pk>/decline/", concerns.concern_decline, name="concern_decline"),
    path("concerns/<int:pk>/ask/", concerns.concern_ask, name="concern_ask"),
    path("concerns/close-wave/<int:pk>/", waves.wave_close, name="wave_close"),
    path("actions/", actions.action_list, name="action_list"),
    path("actions/export/", actions.action_export, name="action_export"),
    path("actions/new/", actions.action_create, name="action_create"),
    path("actions/<int:pk>/", actions.action, name="action"),
    *(
        path(
            f"actions/<int:pk>/{step}/",
            actions.action_step,
            {"step": step},
            name=f"action_{step}",
        )
        for step in actions.STEPS
    ),
    path("our-concerns/", raiser.own_concerns, name="own_concerns"),
    path("r/<str:token>", raiser.open_link, name="open_link"),
    path("report-back/<uuid:public_id>/", raiser.report_back, name="report_back"),
    path("report-back/<uuid:public_id>/answer/", raiser.verdict, name="verdict"),
    path("report-back/<uuid:public_id>/everything/", raiser.told, name="told"),
]
