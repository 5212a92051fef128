"""Every page about signing in. All of them are allauth's; the rest of allauth's is not mounted.

A page is here because somebody needs it, and says who may open it. What is missing on purpose:
registering (accounts are made by the office), allauth's list of addresses (`accounts:address` has
one, confirmed before it counts), a first password without a letter, and sign-in by a code.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.webauthn import views as passkeys
from django.urls import path, re_path

from accounts.access import public, signed_in
from accounts.views import keys, sign_in

STEP = "a step of signing in: it needs the step before"

urlpatterns = [
    path("login/", public("here one signs in")(account.login), name="account_login"),
    path("logout/", public("asks, then signs out")(account.logout), name="account_logout"),
    path("inactive/", public("says that an account is closed")(account.account_inactive),
         name="account_inactive"),
    path("reauthenticate/", signed_in(sign_in.GivePassword.as_view()),
         name="account_reauthenticate"),
    path("password/change/", signed_in(sign_in.ChangePassword.as_view()),
         name="account_change_password"),
    # Who has forgotten the password, or was just given an account.
    path("password/reset/", public("sends a letter")(account.password_reset),
         name="account_reset_password"),
    path("password/reset/done/", public("says that a letter was sent")(account.password_reset_done),
         name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        public("the key in the letter")(keys.NewPassword.as_view()),
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/",
         public("says that it is done")(account.password_reset_from_key_done),
         name="account_reset_password_from_key_done"),
    # Second factors and passkeys, of the user alone.
    path("2fa/", signed_in(mfa.index), name="mfa_index"),
    path("2fa/authenticate/", public(STEP)(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", signed_in(sign_in.GiveCode.as_view()), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", signed_in(sign_in.AddCodes.as_view()), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", signed_in(sign_in.RemoveCodes.as_view()),
         name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", signed_in(recovery_codes.view_recovery_codes),
         name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", signed_in(recovery_codes.generate_recovery_codes),
         name="mfa_generate_recovery_codes"),
    path("2fa/recovery-codes/download/", signed_in(recovery_codes.download_recovery_codes),
         name="mfa_download_recovery_codes"),
    path("2fa/webauthn/", signed_in(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", signed_in(sign_in.AddPasskey.as_view()), name="mfa_add_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", signed_in(sign_in.RemovePasskey.as_view()),
         name="mfa_remove_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/edit/", signed_in(passkeys.edit_webauthn),
         name="mfa_edit_webauthn"),
    path("2fa/webauthn/reauthenticate/", signed_in(sign_in.GivePasskey.as_view()),
         name="mfa_reauthenticate_webauthn"),
    path("2fa/webauthn/login/", public("here one signs in")(sign_in.SignInWithPasskey.as_view()),
         name="mfa_login_webauthn"),
]  # fmt: skip
