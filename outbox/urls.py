"""Addresses of this app."""

from django.urls import path

from outbox import views

app_name = "outbox"
urlpatterns = [
    path("outbox/", views.letter_list, name="list"),
    path("outbox/<int:pk>/", views.letter, name="letter"),
    path("outbox/<int:pk>/preview/", views.letter_preview, name="preview"),
    path("outbox/<int:pk>/send-again/", views.send_again, name="send_again"),
    path("outbox/<int:pk>/drop/", views.drop, name="drop"),
    path("healthz", views.healthz, name="healthz"),
]
