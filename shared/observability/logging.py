"""Log lines that may be shown to anyone: named events and an allow-list of fields.

What is not on the list is dropped, so a payload, a name or an address cannot slip in. Libraries
speak through the same formatter: of their records only the place, the level and the type of an
exception remain, because their messages may quote what they were given.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, TextIO

from shared.errors import InvalidFact, TemporarilyUnavailable

# fmt: off
FIELDS: Final = frozenset(
    {
        "service", "event", "reason", "source", "sequence", "expected_sequence", "count",
        "seconds", "stream", "consumer", "port", "host", "version", "carrier", "channel",
        "outcome", "error_type", "field", "agency", "indicator", "period", "publisher", "state",
        "stage", "attempt", "exit_code", "signal", "code", "status", "method", "route", "task",
        "pending", "progress", "bytes", "fact_type", "cause", "shard", "duty", "leg",
        "operator", "role", "client",
    }
)
# fmt: on
_OWN: Final = "motcua"
# Libraries whose messages never quote what they carry.
_TRUSTED: Final = ("uvicorn.error",)
_FIELD_TEXT_MAX: Final = 300
_FRAMES_MAX: Final = 30
_CAUSES_MAX: Final = 5


class ServiceLog:
    """Writes named events of one service. Event names are fixed words, never sentences."""

    def __init__(self, service: str, logger: logging.Logger) -> None:
        self.service = service
        self.stdlib = logger

    def debug(self, event: str, **fields: object) -> None:
        """For whoever is looking for a fault."""
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Say that something expected happened."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Say that something needs watching and mends itself."""
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Say that something needs a person."""
        self._write(logging.ERROR, event, fields)

    def failure(self, event: str, error: BaseException, **fields: object) -> None:
        """Say that an exception ended something: its type and traceback, never its text."""
        self._write(logging.ERROR, event, fields, error)

    def _write(
        self,
        level: int,
        event: str,
        fields: Mapping[str, object],
        error: BaseException | None = None,
    ) -> None:
        if self.stdlib.isEnabledFor(level):
            kept = {"service": self.service, **_allowed(fields)}
            extra = {"motcua_fields": kept, "motcua_error": error}
            self.stdlib.log(level, event, extra=extra)


class LineFormatter(logging.Formatter):
    """One line per record: JSON, or readable on a terminal."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON, or as text with its traceback indented below."""
        at = datetime.fromtimestamp(record.created, UTC)
        fields = _record_fields(record)
        error = getattr(record, "motcua_error", None) or _raised(record)
        if error is not None:
            fields |= _error_fields(error)
        if self._as_json:
            line: dict[str, object] = {"at": at.isoformat(timespec="milliseconds")}
            line |= {"level": record.levelname.lower(), **fields}
            if error is not None:
                line["traceback"] = list(_frames(error))
            return json.dumps(line, ensure_ascii=False, default=str)
        said = " ".join(f"{k}={_plain(v)}" for k, v in fields.items() if k not in _SHOWN_FIRST)
        clock = at.astimezone().strftime("%H:%M:%S")
        text = f"{clock} {record.levelname:<7} {fields['service']} {fields['event']} {said}"
        below = "" if error is None else "".join(f"\n    {frame}" for frame in _frames(error))
        return text.rstrip() + below


_SHOWN_FIRST: Final = ("service", "event")


def get_logger(service: str) -> ServiceLog:
    """The log of a service. `.stdlib` is for libraries that ask for a `logging.Logger`."""
    return ServiceLog(service, logging.getLogger(f"{_OWN}.{service}"))


def configure_logging(
    *, style: str = "json", level: str = "INFO", stream: TextIO | None = None
) -> None:
    """Send all records of this process to one handler; `style` is `json` or `readable`."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter(as_json=style != "readable"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(_OWN).setLevel(level.upper())
    sys.excepthook = _log_uncaught


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """The end of a process by an exception is a line as any other: Python would print its text."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    get_logger("process").failure("uncaught", error)


def _allowed(fields: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value if isinstance(value, int | float) else str(value)[:_FIELD_TEXT_MAX]
        for name, value in fields.items()
        if name in FIELDS and value is not None
    }


def _record_fields(record: logging.LogRecord) -> dict[str, object]:
    ours = getattr(record, "motcua_fields", None)
    if isinstance(ours, dict):
        return {"service": ours["service"], "event": record.msg, **ours}
    where = f"{Path(record.pathname).name}:{record.lineno}"
    fields: dict[str, object] = {"service": record.name, "event": "library", "where": where}
    if record.name in _TRUSTED:
        fields["said"] = record.getMessage().partition("\n")[0][:_FIELD_TEXT_MAX]
    return fields


def _raised(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def _error_fields(error: BaseException) -> dict[str, object]:
    fields: dict[str, object] = {"error_type": type(error).__qualname__}
    if isinstance(error, InvalidFact | TemporarilyUnavailable):
        fields["reason"] = str(error.reason)[:_FIELD_TEXT_MAX]
    return fields


def _frames(error: BaseException, depth: int = 0) -> Iterator[str]:
    """Where it was raised, innermost last, and what caused it; no values, no message."""
    for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES_MAX:]:
        yield f"{frame.filename}:{frame.lineno} {frame.name}"
    if depth == _CAUSES_MAX:
        return
    if isinstance(error, BaseExceptionGroup):
        for held in error.exceptions[:_CAUSES_MAX]:
            yield f"holds {type(held).__qualname__}"
            yield from _frames(held, depth + 1)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield f"caused by {type(cause).__qualname__}"
        yield from _frames(cause, depth + 1)


def _plain(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text or not text else text
