"""Addresses of the user's and the office's profile."""

from django.urls import path

from accounts.views import addresses, profile

app_name = "accounts"
urlpatterns = [
    path("profile/", profile.profile, name="profile"),
    path("profile/theme/", profile.theme, name="theme"),
    path("profile/address/", addresses.address, name="address"),
    path("profile/address/confirm/", addresses.address_confirm, name="address_confirm"),
    path("a/<str:token>", addresses.open_link, name="open_link"),
    path("profile/office/", profile.office_profile, name="office"),
    path("profile/logo", profile.logo, name="logo"),
]
