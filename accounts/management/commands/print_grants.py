"""`manage.py print_grants`: who may do what, for an auditor."""

from django.core.management.base import BaseCommand

from accounts.permissions import GRANTS, Permission, Role


class Command(BaseCommand):
    help = "Prints the table of roles and what each may do."

    def handle(self, **options):
        width = max(len(permission) for permission in Permission) + 2
        self.stdout.write(" " * width + "  ".join(role.value for role in Role))
        for permission in Permission:
            marks = [
                ("x" if permission in GRANTS[role] else "·").center(len(role.value))
                for role in Role
            ]
            self.stdout.write(permission.value.ljust(width) + "  ".join(marks).rstrip())
