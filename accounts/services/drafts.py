"""Half-written forms, kept on the server until they are sent or thrown away."""

from django.db import transaction

from accounts.models import Draft, Submission, User


@transaction.atomic
def discard(*, by, form):
    """Throw the draft away, because it was sent or is not wanted."""
    _one_at_a_time(by)
    Draft.objects.filter(user=by, form=form).delete()


@transaction.atomic
def keep_changes(*, by, form, changes, sequences, submit_key=None, now):
    """Save some fields of a form and leave the others as they are; for autosave.

    An older value of a field never overwrites a newer one, whichever device sent it. Harmless when
    the form with this key was sent meanwhile: what comes late makes no new draft.
    """
    _one_at_a_time(by)
    if submit_key and Submission.objects.filter(user=by, key=submit_key).exists():
        return
    draft = Draft.objects.filter(user=by, form=form).first() or Draft(user=by, form=form)
    for name, values in changes.items():
        if sequences[name] > draft.sequences.get(name, -1):
            draft.fields[name], draft.sequences[name] = values, sequences[name]
    draft.saved_at = now
    draft.save()


def _one_at_a_time(user):
    """Whoever comes second sees what the first one wrote: a draft kept while its form is sent."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
