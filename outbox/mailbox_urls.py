"""Addresses of the demo mailbox."""

from django.urls import path

from outbox import mailbox_views as views

app_name = "mailbox"
urlpatterns = [
    path("", views.arrival_list, name="list"),
    path("<str:name>/", views.arrival, name="letter"),
    path("<str:name>/html/", views.arrival_html, name="html"),
]
