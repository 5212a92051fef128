"""GET, HEAD and OPTIONS change nothing, whoever asks: mail scanners open links."""

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from tests.doors.table import DOORS

OURS = {"accounts", "outbox", "agencies", "surveys", "feedback"}


def fingerprints():
    """Of each business table, a hash over all its rows."""
    tables = sorted(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in OURS
    )
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) "
                f'FROM "{table}" t'
            )
            found[table] = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize("role", [None, "administrator", "liaison", "representative"])
def test_looking_changes_nothing(client, world, role):
    if role:
        client.force_login(world.people[role])
    before = fingerprints()
    for name, door in DOORS.items():
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = client.generic(method, reverse(name, kwargs=door.kwargs(world)))
            if answer.streaming:
                b"".join(answer.streaming_content)
    assert fingerprints() == before


def test_the_fingerprints_notice_a_change(world):
    before = fingerprints()
    world.mine.agency.city = "Pueblo"
    world.mine.agency.save()
    after = fingerprints()
    changed = {table for table in before if before[table] != after[table]}
    assert changed == {"agencies_agency", "agencies_agencyevent"}
