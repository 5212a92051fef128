"""What `manage.py check --deploy` says of an installation. An error ends it with code 1.

Django's own checks of the same things are warnings, with which the command ends well.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.http.request import validate_host

from crm_portal.lib.keys import SHORTEST, is_weak

LOCAL = {"", "localhost", "127.0.0.1", "::1"}


@checks.register(checks.Tags.security, deploy=True)
def check_installation(app_configs, **kwargs):
    return [*_environment(), *_keys(), *_addresses(), *_proxy(), *_mail(), *_second_factor()]


def _environment():
    if not settings.IS_PRODUCTION:
        yield checks.Error(
            f"PORTAL_ENV is “{settings.PORTAL_ENV}”: its secrets are known to everybody.",
            hint="Take PORTAL_ENV out of the environment.",
            id="portal.E001",
        )
    if settings.DEBUG:
        yield checks.Error(
            "DEBUG is on: error pages show settings and code.",
            hint="Take DEBUG out of the environment.",
            id="portal.E002",
        )


def _keys():
    hint = f"Make each with: openssl rand -base64 {SHORTEST + 1}"
    if is_weak(settings.SECRET_KEY):
        yield checks.Error("SECRET_KEY can be guessed.", hint=hint, id="portal.E003")
    for name, loss in (
        ("LINK_KEYS", "personal links end with it"),
        ("ENCRYPTION_KEYS", "second factors are lost with it"),
    ):
        keys = getattr(settings, name)
        if keys == {"1": settings.SECRET_KEY}:
            yield checks.Warning(
                f"{name} is not set: SECRET_KEY is used instead, and {loss}.",
                hint=f"Set {name}=2=…,1=<the SECRET_KEY of now>.",
                id="portal.W001",
            )
            continue
        for number, key in keys.items():
            if is_weak(key):
                yield checks.Error(
                    f"Key {number} of {name} can be guessed.", hint=hint, id="portal.E004"
                )


def _addresses():
    if not settings.IS_HTTPS:
        yield checks.Error(
            "BASE_URL is no https:// address: passwords and links travel for everybody to read.",
            hint="docs/operating.md: “What stands in front”.",
            id="portal.E005",
        )
    host = urlsplit(settings.BASE_URL).hostname or ""
    if "*" in settings.ALLOWED_HOSTS or not validate_host(host, settings.ALLOWED_HOSTS):
        yield checks.Error(
            "ALLOWED_HOSTS must name the host of BASE_URL, and no “*”.",
            hint=f"ALLOWED_HOSTS={host}",
            id="portal.E006",
        )


def _proxy():
    if settings.IS_HTTPS and not settings.TRUSTED_PROXIES:
        yield checks.Error(
            "BASE_URL is an https:// address and no proxy is named: the portal, which never ends "
            "TLS itself, sends every visitor in circles.",
            hint="TRUSTED_PROXIES: the addresses of the proxies that end TLS. docs/operating.md",
            id="portal.E007",
        )


def _mail():
    if not settings.IS_MAIL_SERVER_NAMED:
        yield checks.Error(
            "EMAIL_URL is not set: letters go to a mail server on this very machine.",
            hint="Set it, and be it to smtp://localhost:25.",
            id="portal.E008",
        )
    if settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") in LOCAL:
        yield checks.Error(
            "DEFAULT_FROM_EMAIL has no domain: mail servers refuse or drop such letters.",
            hint="DEFAULT_FROM_EMAIL=portal@example.gov",
            id="portal.E009",
        )


def _second_factor():
    if not settings.MFA_REQUIRED_ROLES:
        yield checks.Warning(
            "MFA_REQUIRED_ROLES is empty: a password alone opens every account.",
            hint="MFA_REQUIRED_ROLES=administrator,cco",
            id="portal.W002",
        )
