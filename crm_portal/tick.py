"""One tick does everything that is due, found in the rows, whoever rings: beat, timer or person."""

import time
from datetime import timedelta

import structlog
from django.utils.module_loading import import_string

log = structlog.get_logger(__name__)

# In the order of the loop, so that what one step makes due the next ones do in the same tick.
# Each is a function of `now`, idempotent, and safe to run twice at once.
STEPS = [
    "crm_portal.corrections.undo",
    "outbox.services.planning.plan_anew",
    "surveys.services.waves.open_due",
    "surveys.services.waves.close_due",
    "surveys.services.invitations.plan_letters",
    "feedback.services.concerns.raise_from_new_responses",
    "feedback.services.escalation.remind_before_due",
    "feedback.services.escalation.climb",
    "feedback.services.report_back.plan_letters",
    "outbox.services.sending.reap",
    "outbox.services.sending.send_due",
    "accounts.services.housekeeping.clean_up",
    # Last: a large spreadsheet takes its time, and no letter waits for it.
    "agencies.services.import_work.work",
]
RECORD = "outbox.services.heartbeats.record"


def tick(*, now):
    """Run every step; one that fails is recorded and does not stop the others.

    Each step begins at `now` and what the steps before it took: a letter is stamped with the time
    at which it is handed over. Returns the names of the steps that failed.
    """
    import_string("accounts.office.forget")()
    record = import_string(RECORD)
    begun, failed = time.monotonic(), []
    for path in STEPS:
        at = now + timedelta(seconds=time.monotonic() - begun)
        try:
            import_string(path)(now=at)
        except Exception as error:
            log.exception("step_failed", step=path)
            failed.append(path)
            record(step=path, now=at, error=repr(error))
        else:
            record(step=path, now=at, error="")
    return failed
