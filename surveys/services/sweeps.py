"""What a tick does for every wave."""

import structlog

log = structlog.get_logger(__name__)


def one_by_one(waves, work):
    """Do the work for each wave. One that fails stops no other, and is raised at the end."""
    failure = None
    for wave in waves:
        try:
            work(wave)
        except Exception as error:
            log.exception("wave_not_worked_on", wave=wave.pk)
            failure = error
    if failure:
        raise failure
