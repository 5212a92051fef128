"""Every text that people can write, found in the models, filled with every payload at once."""

import re
from functools import cache

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from pghistory.models import Event
from pgtrigger import install, uninstall

from tests.attacks.stored_scripts.payloads import PAYLOADS

# Tables of frameworks, which hold what code writes; history repeats what is filled here.
MACHINERY = {"auth.group", "auth.permission", "contenttypes", "sessions", "pghistory"}
OURS, KEY = "a name that our code gives", "arithmetic of ours: a key or a hash"
# Texts that stay as they are, and why. A new field is filled unless it is named here.
FIXED = {
    "account.emailaddress.email": "the user's own address; the database takes nothing else",
    "account.emailconfirmation.key": KEY,
    "accounts.addresschange.key_id": KEY,
    "accounts.addresschange.salt": KEY,
    "accounts.addresschange.token_hash": KEY,
    "accounts.draft.form": OURS,
    "accounts.draft.sequences": "numbers",
    "accounts.office.time_zone": "of the time-zone database; nothing else is taken",
    "accounts.submission.payload_hash": KEY,
    "accounts.submission.result_url": "an address that our code gives",
    "accounts.user.password": KEY,
    "accounts.user.time_zone": "of the time-zone database; nothing else is taken",
    "admin.logentry.object_id": "the key of a row",
    "agencies.agencyimport.sha256": KEY,
    "agencies.agencyspelling.group": KEY,
    "agencies.importdraft.columns": "numbers",
    "agencies.importdraft.decisions": OURS,
    "agencies.importdraft.delimiter": OURS,
    "agencies.importdraft.encoding": OURS,
    "agencies.importdraft.import_as": KEY,
    "agencies.importdraft.plan_of": KEY,
    "agencies.importdraft.sha256": KEY,
    "feedback.reportback.key_id": KEY,
    "feedback.reportback.salt": KEY,
    "feedback.reportback.token_hash": KEY,
    "outbox.heartbeat.step": OURS,
    "outbox.letter.details": "facts that our code gives: names and numbers",
    "outbox.letter.kind": OURS,
    "outbox.letter.message_id": KEY,
    "outbox.letter.purpose": OURS,
    "outbox.letter.subject": "the key of a row",
    "surveys.invitation.key_id": KEY,
    "surveys.invitation.salt": KEY,
    "surveys.invitation.token_hash": KEY,
}
# These repeat an option of a question, word for word.
OPTIONS = "surveys.question.options"
REPEATED = {
    "surveys.answer.options", "surveys.answertally.value", "surveys.question.show_if_values",
}  # fmt: skip
# Texts that are in no column of their own.
CELL, TYPED = "a cell of a spreadsheet", "what was typed into a form"
# A hundred payloads stand in each text, and from row to row others come first.
IN_A_TEXT, STRIDE = 100, 64
# This address stands in the picture that a second factor is read from, which holds only so much:
# a row has a sixth, and the next one another.
IN_A_PICTURE, SHARES = "accounts.user.email", 6


def all_texts():
    """Label → (model, field) of each text of each table but the machinery's."""
    return {
        label_of(model, field): (model, field)
        for model in apps.get_models()
        if not issubclass(model, Event) and not model._meta.proxy
        and not MACHINERY & {model._meta.app_label, model._meta.label_lower}
        for field in model._meta.concrete_fields
        if isinstance(getattr(field, "base_field", field),
                      models.CharField | models.TextField | models.JSONField)
    }  # fmt: skip


def choices():
    """The labels of those that are one of a list of ours: forms, services and the admin site take
    nothing else."""
    return {
        label
        for label, (_model, field) in all_texts().items()
        if getattr(field, "base_field", field).choices
    }


def written_texts():
    """Label → (model, field) of those that people write."""
    fixed = FIXED.keys() | choices()
    return {label: text for label, text in all_texts().items() if label not in fixed}


def label_of(model, field):
    return f"{model._meta.label_lower}.{field.name}"


def labels():
    """All labels, in order: the place of a label stands in its marks."""
    return [*sorted(written_texts()), CELL, TYPED]


def too_long():
    """(label, number of the payload) of those that the column alone refuses, for their length."""
    return {
        (label, number)
        for label, (_model, field) in written_texts().items()
        for number, payload in enumerate(PAYLOADS)
        if len(payload) > (getattr(field, "base_field", field).max_length or len(payload))
    }


# ---- The words ----------------------------------------------------------------------------------


def piece(label, number):
    """One payload with the mark by which a page that shows it is told."""
    return f"{PAYLOADS[number]} ~{places()[label]}.{number}~"


@cache
def places():
    """Label → its place in `labels`."""
    return {label: place for place, label in enumerate(labels())}


def words(label, number, *, between=" ", step=1):
    """A hundred payloads (or each `step`th of them) in one text, for each `number` others."""
    chosen = [(number * STRIDE + place) % len(PAYLOADS) for place in range(0, IN_A_TEXT, step)]
    return between.join(piece(label, one) for one in chosen)


def options():
    return [piece(OPTIONS, number) for number in range(IN_A_TEXT)]


# ---- The rows -----------------------------------------------------------------------------------


def widen():
    """Let each text be as long as it likes, in this transaction: so a text holds every payload, and
    those too that it is too short for. An index would refuse such texts, and a trigger that names
    a column its change."""
    tables = [model._meta.db_table for model in apps.get_models()]
    uninstall()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        )
        for table, index, definition in cursor.fetchall():
            if is_of_a_text(table, definition):
                # Some are a constraint's own.
                cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{index}"')
                cursor.execute(f'DROP INDEX IF EXISTS "{index}"')
        cursor.execute(
            """
            SELECT format('ALTER TABLE %%I ', table_name)
            || string_agg(format('ALTER %%I TYPE text', column_name), ', ')
            FROM information_schema.columns
            WHERE data_type = 'character varying' AND table_name = ANY(%s) GROUP BY table_name
            """,
            [tables],
        )
        for (change,) in cursor.fetchall():
            cursor.execute(change)
    install()


def is_of_a_text(table, index):
    """Whether the index, as PostgreSQL words it, holds a text that people write."""
    columns = index.partition(" USING ")[2]
    return any(
        model._meta.db_table == table and re.search(rf"\b{field.column}\b", columns)
        for model, field in written_texts().values()
    )


def fill(number=0, *, words=words):
    """Put payloads into every text of every row; `words(label, number)` makes each. Returns the
    labels of the texts that some row has now."""
    filled, by_model = set(), {}
    for label, (model, field) in written_texts().items():
        by_model.setdefault(model, []).append((label, field))
    for model, texts in by_model.items():
        for place, row in enumerate(model._base_manager.order_by("pk")):
            values = {
                field.name: written(field, label, number + place, getattr(row, field.name), words)
                for label, field in texts
            }
            model._base_manager.filter(pk=row.pk).update(**values)
            filled |= {
                label for label, field in texts if values[field.name] != getattr(row, field.name)
            }
    return filled


def written(field, label, number, before, words):
    """What stands there instead of `before`. Numbers stay: they are no text."""
    if isinstance(field, models.JSONField):
        return in_leaves(before, words(label, number))
    if isinstance(field, ArrayField):
        return options() if before else before
    if str(before).isdecimal():
        return before
    if label in REPEATED:
        return piece(OPTIONS, number)
    if isinstance(field, models.EmailField):
        return words(label, number, step=SHARES if label == IN_A_PICTURE else 1).lower()
    return words(label, number, between="\n\n" if isinstance(field, models.TextField) else " ")


def in_leaves(value, text):
    """The same structure with this text for each text."""
    if isinstance(value, dict):
        return {name: in_leaves(part, text) for name, part in value.items()}
    if isinstance(value, list):
        return [in_leaves(part, text) for part in value]
    return text if isinstance(value, str) and not value.isdecimal() else value
