"""What the search over several apps needs. The apps below know nothing of it."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

# Written exactly as queries/search.py asks, or PostgreSQL does not use the index.
TEXTS = [
    ("agencies_meeting", "note"),
    ("feedback_concern", "quote"),
    ("feedback_action", "what"),
]
INDEXES = {
    f"{table}_words": f"{table} USING gin (to_tsvector('english'::regconfig, COALESCE({column}, '')))"
    for table, column in TEXTS
}


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "__first__"),
        ("feedback", "__first__"),
    ]
    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        *(
            migrations.RunSQL(f"CREATE INDEX {name} ON {where}", f"DROP INDEX {name}")
            for name, where in INDEXES.items()
        ),
    ]
