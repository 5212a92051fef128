"""The Celery app: settings come from Django, tasks from each app's tasks.py."""

import os

from celery import Celery
from celery.signals import setup_logging, task_prerun
from django.utils.module_loading import import_string
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_portal.settings")

app = Celery("crm_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def use_django_logging(**_kwargs):
    """Celery would replace the root logger's handlers; Django has already set them."""


@task_prerun.connect
def read_office_anew(**_kwargs):
    """A task, like a request, sees the office's profile as it is when it begins."""
    import_string("accounts.office.forget")()
