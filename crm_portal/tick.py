"""One tick does everything that is due, found in the rows, whoever rings: beat, timer or person."""

import structlog
from django.utils.module_loading import import_string

log = structlog.get_logger(__name__)

# In the order of the loop, so that what one step makes due the next ones do in the same tick.
# Each is a function of `now`, idempotent, and safe to run twice at once.
STEPS = [
    "surveys.services.waves.open_due",
    "surveys.services.invitations.plan_letters",
    "surveys.services.waves.close_due",
    "feedback.services.concerns.raise_from_new_responses",
    "feedback.services.escalation.remind_before_due",
    "feedback.services.escalation.climb",
    "feedback.services.report_back.plan_letters",
    "outbox.services.sending.reap",
    "outbox.services.sending.send_due",
]
RECORD = "outbox.services.heartbeats.record"


def tick(*, now):
    """Run every step; one that fails is recorded and does not stop the others.

    Returns the names of the steps that failed.
    """
    import_string("accounts.office.forget")()
    record = import_string(RECORD)
    failed = []
    for path in STEPS:
        try:
            import_string(path)(now=now)
        except Exception as error:
            log.exception("step_failed", step=path)
            failed.append(path)
            record(step=path, now=now, error=repr(error))
        else:
            record(step=path, now=now, error="")
    return failed
