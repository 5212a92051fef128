"""Addresses that were typed with capitals, with which nobody could sign in."""

from django.db import migrations
from django.db.models.functions import Lower


def lower_addresses(apps, schema_editor):
    users = apps.get_model("accounts", "User").objects
    users.exclude(email=Lower("email")).update(email=Lower("email"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_cache_table")]
    operations = [migrations.RunPython(lower_addresses, migrations.RunPython.noop)]
