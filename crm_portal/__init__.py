"""The project: settings, addresses, background work. It names the apps only as strings."""

from crm_portal.celery import app as celery_app

__all__ = ["celery_app"]
