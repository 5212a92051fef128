"""Log lines as JSON on standard output. Keys of links never reach them: see `drop_keys`."""

import re

import structlog

# Paths that carry a key: the log keeps the door, not the key.
KEY_PATH = re.compile(r"(/(?:[sra]|accounts/password/reset/key)/)[^/\s\"'<>\\]{8,}")


def drop_keys(_logger, _method, line):
    """Replace each key in the finished line: whatever brought it there has become text by then."""
    return KEY_PATH.sub(r"\1...", line)


SHARED_PROCESSORS = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.ExtraAdder(),
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": SHARED_PROCESSORS,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.UnicodeDecoder(),
                structlog.processors.EventRenamer("message"),
                structlog.processors.JSONRenderer(),
                drop_keys,
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "kombu": {"level": "WARNING"},
        # It tells of every request that waits for a thread.
        "waitress.queue": {"level": "ERROR"},
    },
}

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
