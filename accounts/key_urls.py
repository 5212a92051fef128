"""Addresses that letters about accounts lead to; they stand before allauth's of the same names."""

from django.urls import path, re_path

from accounts.keys import ConfirmedAddress, NewPassword

urlpatterns = [
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        NewPassword.as_view(),
        name="account_reset_password_from_key",
    ),
    path("confirm-email/<str:key>/", ConfirmedAddress.as_view(), name="account_confirm_email"),
]
