"""Settings. Everything that differs between two installations comes from the environment.

`PORTAL_ENV` is `production` (the default: refuses to start without a secret), `demo` or `test`.
"""

from email.utils import parseaddr
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PORTAL_ENV = env.str("PORTAL_ENV", default="production")
IS_DEMO = PORTAL_ENV == "demo"
IS_TEST = PORTAL_ENV == "test"
IS_PRODUCTION = not (IS_DEMO or IS_TEST)
# Everything that a running portal writes to disk; nothing of it is needed to start again.
VAR_DIR = Path(env.str("PORTAL_VAR", default=str(BASE_DIR / "var")))

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY") if IS_PRODUCTION else env.str("SECRET_KEY", default="not-secret")
# Keys for personal links, newest first: `id=secret,id=secret`. An old key keeps old links working.
try:
    LINK_KEYS = env.dict("LINK_KEYS", default={}) or {"1": SECRET_KEY}
except ValueError:
    raise ImproperlyConfigured("Write LINK_KEYS like 2=secret,1=older: newest first.") from None
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if IS_PRODUCTION else ["*"])
# The address that letters link to. Mail has no request to take it from.
BASE_URL = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")
IS_HTTPS = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "dashboards",
    "feedback",
    "surveys",
    "agencies",
    "outbox",
    "accounts",
    "crm_portal",
    "crm_portal.admin_site.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "pghistory",
    "pgtrigger",
    "template_partials",
]

MIDDLEWARE = [
    "outbox.health.HealthMiddleware",
    "crm_portal.lib.throttle.GuessMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "crm_portal.middleware.WrongMethodMiddleware",
    "accounts.middleware.OfficeMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "accounts.middleware.HistoryMiddleware",
]

ROOT_URLCONF = "crm_portal.urls"
WSGI_APPLICATION = "crm_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.office",
                "accounts.context_processors.navigation",
                "dashboards.context_processors.my_work",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "template_partials.templatetags.partials",
            ],
        },
    }
]

# A socket folder goes into the query: postgres://postgres@/crm?host=/path
DATABASES = {"default": env.db_url("DATABASE_URL", default="postgres://localhost/crm_portal")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,
    # Pages are many and small: one that starts helpers waits for them, and takes others' turn.
    "options": "-c max_parallel_workers_per_gather=0",
    **DATABASES["default"].get("OPTIONS", {}),
}
if host := DATABASES["default"]["OPTIONS"].pop("host", None):
    DATABASES["default"]["HOST"] = host
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Sign-in and its limits must work while the broker is down, so the cache is a table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Counters of wrong passwords must not be pushed out by some hundred others.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # Each process's own: sums that change no more, too large to be read from a table every time.
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# ---- Background work -------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker waits for its broker however long it is away.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
# A task is a doorbell: nobody waits for a broker that is down.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "health_check_interval": 30,
    "socket_connect_timeout": 2,
    # Without it whoever rings at a broker that keeps silent would wait for ever.
    "socket_timeout": 2,
    "socket_keepalive": True,
    "unacked_restore_throttle": 1,
    # Whoever rings the bell tries once: without these a page waits 6 seconds for a dead broker.
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
# One tick does all that is due. UTC interval: local times are worked out from rows, so a
# daylight-saving change can neither skip nor double one. A tick that nobody took expires.
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "crm_portal.tasks.tick",
        "schedule": env.float("TICK_SECONDS", default=60.0),
        "options": {"expires": 50},
    },
}

# ---- Mail ------------------------------------------------------------------------------------
# smtp://user:password@host:25, smtp+tls:// or smtp+ssl://
vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")
MESSAGE_ID_DOMAIN = env.str(
    "MESSAGE_ID_DOMAIN", default=parseaddr(DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
)
# Dotted path of a function `message_id -> bool` that asks the first mail server whether it took
# a letter. Without one, a letter whose sender died at the last moment is parked or sent again.
OUTBOX_ASK_FIRST_HOP = env.str("OUTBOX_ASK_FIRST_HOP", default="")
# Short to connect; long after the last dot, where a short wait makes duplicates (RFC 5321 4.5.3.2).
SMTP_CONNECT_TIMEOUT = env.float("SMTP_CONNECT_TIMEOUT", default=10)
SMTP_COMMAND_TIMEOUT = env.float("SMTP_COMMAND_TIMEOUT", default=60)
SMTP_DATA_TIMEOUT = env.float("SMTP_DATA_TIMEOUT", default=600)
# How long after its sender's death a letter may still be on its way into the mail server.
OUTBOX_SETTLE_SECONDS = env.float("OUTBOX_SETTLE_SECONDS", default=60)
# So many invitations and reminders to one address a day, of whatever survey; what is over waits
# until tomorrow. 0: no limit.
OUTBOX_DAILY_CAP = env.int("OUTBOX_DAILY_CAP", default=1)
# Where the demo's mail server keeps what it took; empty switches the mailbox page off.
MAILBOX_DIR = env.str("MAILBOX_DIR", default="")

# ---- Sign-in ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Nobody registers alone: the office vouches for the address, confirmed or not.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
# Roles that must use a second factor, e.g. `administrator,cco`. Off in the demo.
MFA_REQUIRED_ROLES = env.list(
    "MFA_REQUIRED_ROLES", default=["administrator", "cco"] if IS_PRODUCTION else []
)
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
CSRF_FAILURE_VIEW = "crm_portal.views.csrf_failure"
PASSWORD_RESET_TIMEOUT = 24 * 3600

# ---- What the browser may do ------------------------------------------------------------------
SECURE_SSL_REDIRECT = IS_HTTPS and env.bool("SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 63072000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "SAMEORIGIN"
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "frame-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'self'"],
    }
}
PERMISSIONS_POLICY = {
    "camera": [],
    "geolocation": [],
    "microphone": [],
    "payment": [],
    "usb": [],
}

# ---- Pages ------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
LANGUAGES = [("en-us", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
# With one language there is nothing to look up, and a page has hundreds of words.
USE_I18N = len(LANGUAGES) > 1
USE_TZ = True
# What is stored is UTC. The office's zone, and a user's own, come from their rows.
TIME_ZONE = "UTC"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if IS_TEST or DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
MEDIA_ROOT = VAR_DIR / "media"
FORMS_URLFIELD_ASSUME_HTTPS = True
CRISPY_ALLOWED_TEMPLATE_PACKS = "uswds"
CRISPY_TEMPLATE_PACK = "uswds"
CRISPY_FAIL_SILENTLY = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# ---- History ----------------------------------------------------------------------------------
PGHISTORY_APPEND_ONLY = True
# Looking changes nothing, so it needs no history.
PGHISTORY_MIDDLEWARE_METHODS = ["POST", "PUT", "PATCH", "DELETE"]

# ---- Logs -------------------------------------------------------------------------------------
from crm_portal.logs import LOGGING  # noqa: E402, F401

if IS_TEST:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
