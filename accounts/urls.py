"""Addresses of the user's and the office's profile."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("theme/", views.theme, name="theme"),
    path("office/", views.office_profile, name="office"),
    path("logo", views.logo, name="logo"),
]
