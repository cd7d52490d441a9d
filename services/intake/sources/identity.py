"""Event ids from a source's own keys, and facts whose bounds have been checked."""

import hashlib
import re
from datetime import datetime

import msgspec

from shared.errors import InvalidFact, RejectReason
from shared.events.envelope import Fact, fact
from shared.events.fields import Event

from .instants import Moment, stamp_text

_ID_LENGTH_MAX = 128
_PLAIN = re.compile(r"[\x21-\x7e]+")
_WHERE = re.compile(r" - at `\$?\.?([^`]*)`")
_REASON_BY_FIELD = {
    "subject": RejectReason.INVALID_DOSSIER_CODE,
    "data.procedure_code": RejectReason.INVALID_PROCEDURE_CODE,
}


def fact_id(system: str, *parts: str, at: datetime | None, revision: str = "") -> str:
    """Return the id of what `parts` name and when it happened: the same words, the same id.

    `revision` is what may change about the same happening in a later export; it stands last, so
    that of two revisions told with the same time the greater one wins the fold. Words that an id
    cannot carry (not ASCII, too long) are replaced by their hash.
    """
    words = [system, *parts, *([stamp_text(at)] if at else [])]
    name = ":".join(words) + (f"~{revision}" if revision else "")
    if len(name) <= _ID_LENGTH_MAX and _PLAIN.fullmatch(name):
        return name
    digest = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
    return f"{system}:{digest}"


def revision_text(value: object) -> str:
    """Return a value as it stands in a revision: ordered as text the way it is ordered in time."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return f"{value:013d}"
    if isinstance(value, Moment):
        return f"{value.on:%Y%m%d}" if value.whole_day else stamp_text(value.at)
    return str(value)


def kind_of(event: Event) -> str:
    """Return what happened, without noun and version: `received`."""
    return event.event_type.split(".")[1]


def checked_fact(event: Event, *, id: str, source: str, subject: str, time: datetime) -> Fact:  # noqa: A002 - CloudEvents calls it so
    """Return the event in its envelope.

    Raises:
        InvalidFact: a bound is broken; `field` says which, the message never carries the value.
    """
    try:
        return fact(event, id=id, source=source, subject=subject, time=time)
    except msgspec.ValidationError as error:
        found = _WHERE.search(str(error))
        field = found.group(1) if found else ""
    reason = _REASON_BY_FIELD.get(field, RejectReason.INVALID_FIELD)
    name = field.removeprefix("data.") or "event"
    raise InvalidFact(reason, f"{name} is not in the expected form or out of bounds", field=name)
