"""Signs of life on an action: each is written down and starts the ladder anew."""

from feedback.models import Action, ActionActivity


def record(*, action, kind, text="", changed=(), by, now):
    """Save the changed fields of a locked action together with the activity that changed them.

    The cycle rises, so escalation letters about the cycle that is over are no longer sent. The
    version rises only when the action itself changed: a note disturbs nobody's editing.
    """
    fields = [*changed, "cycle", "last_activity_at"]
    action.cycle += 1
    action.last_activity_at = now
    if changed:
        action.version += 1
        fields.append("version")
    action.save(update_fields=fields)
    return ActionActivity.objects.create(action=action, kind=kind, text=text, by=by, at=now)


def reopen(*, action, due_on, text, now):
    """A done action is open again, with a new date: its outcome did not help."""
    action.state = Action.State.OPEN
    action.due_on = due_on
    action.done_at = action.done_by = None
    action.outcome = ""
    record(
        action=action,
        kind=ActionActivity.Kind.REOPENED,
        text=text,
        changed=["state", "due_on", "done_at", "done_by", "outcome"],
        by=None,
        now=now,
    )
