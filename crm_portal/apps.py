from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "crm_portal"

    def ready(self):
        from crm_portal import checks  # noqa: F401 - registers them
