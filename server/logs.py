"""What a process writes down for the operator: one line an event, with everything that belongs to it."""

from __future__ import annotations

import logging

# What every record has; the rest was given by `extra`.
_USUAL = frozenset(logging.makeLogRecord({}).__dict__) | {"asctime", "message", "taskName"}


class WithDetails(logging.Formatter):
    """Time, message, and in brackets what `extra` adds: `14:21:18 tiles warmed (layer=addresses, tiles=85)`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """The line without a trace."""
        ours = record.name.split(".")[0] in {"geo", "server"}
        details = {name: value for name, value in record.__dict__.items() if name not in _USUAL} if ours else {}
        told = ", ".join(f"{name}={value}" for name, value in details.items())
        line = super().formatMessage(record)
        return f"{line} ({told})" if told else line


def to_stderr(*chatty: logging.Logger) -> None:
    """Warnings of every library, and what the chatty ones say in good days, to the standard error stream."""
    handler = logging.StreamHandler()
    handler.setFormatter(WithDetails())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for log in chatty:
        log.setLevel(logging.INFO)
