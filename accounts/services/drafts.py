"""Half-written forms, kept on the server until they are sent or thrown away."""

from django.db import transaction

from accounts.models import Draft


def keep(*, by, form, fields, sequence, now):
    """Save the fields of a form. An older sequence never overwrites a newer one.

    Returns whether it was saved.
    """
    draft, is_new = Draft.objects.get_or_create(
        user=by, form=form, defaults={"fields": fields, "sequence": sequence, "saved_at": now}
    )
    if is_new:
        return True
    return bool(
        Draft.objects.filter(pk=draft.pk, sequence__lt=sequence).update(
            fields=fields, sequence=sequence, saved_at=now
        )
    )


def discard(*, by, form):
    """Throw the draft away, because it was sent or is not wanted."""
    Draft.objects.filter(user=by, form=form).delete()


@transaction.atomic
def keep_changes(*, by, form, changes, sequence, now):
    """Save some fields of a form and leave the others as they are; for autosave.

    An older packet than the last one only fills in fields that nobody sent yet.
    """
    draft, is_new = Draft.objects.select_for_update().get_or_create(
        user=by, form=form, defaults={"fields": changes, "sequence": sequence, "saved_at": now}
    )
    if is_new:
        return
    is_late = sequence <= draft.sequence
    draft.fields = {**changes, **draft.fields} if is_late else {**draft.fields, **changes}
    draft.sequence = max(sequence, draft.sequence)
    draft.saved_at = now
    draft.save(update_fields=["fields", "sequence", "saved_at"])
