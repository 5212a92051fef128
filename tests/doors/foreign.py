"""Who may open the pages that packages bring along: signing in, and the admin site.

Written by hand, like tests/doors/table.py, so that a setting that is lost shows here.
"""

from django.contrib import admin
from django.urls import reverse

OPENS, SIGN_IN, NOT_THERE, NOT_ALLOWED = "opens", "sign in", "not there", "not allowed"

# What an address answers to whom is signed out, and to whom is signed in.
EVERYBODY = (OPENS, OPENS)
MEMBERS = (SIGN_IN, OPENS)
# A step of signing in that has not begun.
STEP = (SIGN_IN, OPENS)
WRONG_KEY = (NOT_THERE, NOT_THERE)
NOTHING_OF_THEIRS = (SIGN_IN, NOT_THERE)
# Asks for a password or a second factor that these people do not have.
NO_WAY_IN = (SIGN_IN, NOT_ALLOWED)

ACCOUNTS = {
    "account_login": EVERYBODY,
    "account_logout": EVERYBODY,
    "account_inactive": EVERYBODY,
    "account_reauthenticate": NO_WAY_IN,
    "account_change_password": MEMBERS,
    "account_reset_password": EVERYBODY,
    "account_reset_password_done": EVERYBODY,
    "account_reset_password_from_key": WRONG_KEY,
    "account_reset_password_from_key_done": EVERYBODY,
    "mfa_index": MEMBERS,
    "mfa_authenticate": STEP,
    "mfa_reauthenticate": NO_WAY_IN,
    "mfa_activate_totp": MEMBERS,
    "mfa_deactivate_totp": NOTHING_OF_THEIRS,
    "mfa_view_recovery_codes": NOTHING_OF_THEIRS,
    "mfa_generate_recovery_codes": MEMBERS,
    "mfa_download_recovery_codes": NOTHING_OF_THEIRS,
    "mfa_list_webauthn": MEMBERS,
    "mfa_add_webauthn": MEMBERS,
    "mfa_reauthenticate_webauthn": NO_WAY_IN,
    "mfa_remove_webauthn": NOTHING_OF_THEIRS,
    "mfa_edit_webauthn": NOTHING_OF_THEIRS,
    "mfa_login_webauthn": STEP,
}
KWARGS = {
    "account_reset_password_from_key": {"uidb36": "1", "key": "wrong-key"},
    "mfa_remove_webauthn": {"pk": 1},
    "mfa_edit_webauthn": {"pk": 1},
    "admin:app_list": {"app_label": "agencies"},
    "admin:view_on_site": {"content_type_id": 0, "object_id": 0},
}
# Of the admin site itself. Signed out, and signed in without the right, one is sent to sign in.
ADMIN = {
    "admin:index": OPENS,
    "admin:app_list": OPENS,
    # Signing in happens on the portal's own page, which leads back.
    "admin:login": OPENS,
    "admin:logout": "no such method",
    "admin:password_change": OPENS,
    "admin:password_change_done": OPENS,
    "admin:autocomplete": NOT_ALLOWED,
    "admin:jsi18n": OPENS,
    "admin:view_on_site": NOT_THERE,
}

# What the administrator may do with rows there. Nothing of ours is ever deleted.
LOOK, EDIT, EVERYTHING = {"view"}, {"view", "add", "change"}, {"view", "add", "change", "delete"}
MODELS = {
    "accounts.Holiday": LOOK,
    "accounts.User": EDIT,
    "agencies.Agency": EDIT,
    "agencies.AgencyDomain": LOOK,
    "agencies.AgencyImport": LOOK,
    "agencies.AgencySpelling": LOOK,
    "agencies.Assignment": EDIT,
    "agencies.Meeting": LOOK,
    "agencies.Person": EDIT,
    "surveys.Invitation": LOOK,
    "surveys.Questionnaire": LOOK,
    "surveys.Wave": LOOK,
    "feedback.Action": LOOK,
    "feedback.Concern": LOOK,
    "feedback.ReportBack": LOOK,
    "feedback.Rung": LOOK,
}
# The pages of one model, and what GET and POST need there.
PAGES = {
    "changelist": ("view", "view"),
    "add": ("add", "add"),
    "change": ("view", "change"),
    "history": ("view", "view"),
    "delete": ("delete", "delete"),
}


# The rows of others on the page of one. None is deleted there.
ADD_AND_CHANGE = {"add", "change"}
INLINES = {
    ("agencies.Agency", "agencies.Assignment"): ADD_AND_CHANGE,
    ("agencies.Agency", "agencies.Person"): ADD_AND_CHANGE,
    ("agencies.Agency", "agencies.AgencySpelling"): set(),
    ("agencies.Agency", "agencies.AgencyDomain"): set(),
    ("agencies.Meeting", "agencies.MeetingAgency"): set(),
    ("surveys.Questionnaire", "surveys.Question"): set(),
    ("feedback.Concern", "feedback.Action"): set(),
    ("feedback.Concern", "feedback.ReportBack"): set(),
    ("feedback.Action", "feedback.ActionActivity"): set(),
    ("feedback.Action", "feedback.Rung"): set(),
}


def admin_inlines(request):
    """{(model, model of the rows on its page): what may be done to them there}."""
    return {
        (model._meta.label, inline.model._meta.label): {
            right
            for right in ("add", "change", "delete")
            if getattr(inline, f"has_{right}_permission")(request, None)
            and not (right == "add" and inline.get_max_num(request) == 0)
            and not (right == "delete" and not inline.can_delete)
        }
        for model, page in admin.site._registry.items()
        for inline in page.get_inline_instances(request)
    }


def admin_pages(app=""):
    """(model, page, address) of everything in the admin site, or in one app's part of it, with the
    newest row of each."""
    for model in admin.site._registry:
        if app and model._meta.app_label != app:
            continue
        row = model.objects.order_by("-pk").first()
        for page in PAGES:
            kwargs = {} if page in {"changelist", "add"} else {"object_id": row.pk if row else 0}
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
            yield model, page, reverse(name, kwargs=kwargs)
