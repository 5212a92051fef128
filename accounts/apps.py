from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts and office"

    def ready(self):
        """Refuse to start where a mistyped role would leave accounts without a second factor."""
        from accounts.permissions import Role

        unknown = [role for role in settings.MFA_REQUIRED_ROLES if role not in Role.values]
        if unknown:
            raise ImproperlyConfigured(
                f"MFA_REQUIRED_ROLES names {', '.join(unknown)}, which is no role. "
                f"Roles are {', '.join(Role.values)}."
            )
