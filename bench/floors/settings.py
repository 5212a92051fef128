"""As little as Django allows: no middleware, persistent connections, cached templates."""

import os

import environ

SECRET_KEY = "floors"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.floors.urls"
INSTALLED_APPS = ["bench.floors"]
DATABASES = {"default": environ.Env.db_url_config(os.environ["FLOORS_URL"])}
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["HOST"] = DATABASES["default"]["OPTIONS"].pop("host", "")
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
