"""When each step of the tick last ran."""

from outbox.models import Heartbeat


def record(*, step, now, error=""):
    """Note that a step ran, and what went wrong with it; an empty error means that it went well."""
    values = {"last_run_at": now, "error": error}
    if not error:
        values["last_ok_at"] = now
    Heartbeat.objects.update_or_create(step=step, defaults=values)
