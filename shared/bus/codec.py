"""From hostile bytes to a fact, or to a closed reason. Runs on the main thread only.

msgspec raises three families of exceptions and can exhaust a small thread stack on deep JSON:
hence the size cap, the depth scan, and this one place.
"""

import re
from typing import Any

import msgspec

from shared.errors import InvalidFact, RejectReason
from shared.events.envelope import STRICT_DECODER, YEARS, Fact, field_out_of_years

from .streams import MESSAGE_SIZE_MAX_BYTES

DEPTH_MAX = 32
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
# What msgspec appends, at the very end: before it may stand words of the sender's own.
_WHERE = re.compile(r" - at `\$?\.?([A-Za-z0-9_.\[\]]*)`\Z")
_NAMED = re.compile(r"\AObject (contains unknown|missing required) field `(.*)`\Z", re.DOTALL)
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_CARRIES_VALUE = ("Invalid", "Object")


def check_depth(body: bytes) -> None:
    """Refuse JSON nested deeper than 32 levels, before any decoder sees it.

    Raises:
        InvalidFact: TOO_DEEP.
    """
    if body.count(b"{") + body.count(b"[") <= DEPTH_MAX:
        return
    depth = 0
    for match in _STRUCTURE.finditer(body):
        mark = match.group()
        if mark in (b"{", b"["):
            depth += 1
            if depth > DEPTH_MAX:
                raise InvalidFact(RejectReason.TOO_DEEP, f"more than {DEPTH_MAX} levels")
        elif mark in (b"}", b"]"):
            depth -= 1


def check_size(body: bytes, limit: int = MESSAGE_SIZE_MAX_BYTES) -> None:
    """Refuse a body over the limit.

    Raises:
        InvalidFact: TOO_LARGE.
    """
    if len(body) > limit:
        raise InvalidFact(RejectReason.TOO_LARGE, f"more than {limit} bytes")


def decoded_json(body: bytes, *, limit: int = MESSAGE_SIZE_MAX_BYTES) -> Any:
    """Return the JSON value as plain dicts and lists.

    Raises:
        InvalidFact: TOO_LARGE, TOO_DEEP, NOT_UTF8 or NOT_JSON.
    """
    check_size(body, limit)
    check_depth(body)
    try:
        return msgspec.json.decode(body)
    except UnicodeDecodeError:
        raise InvalidFact(RejectReason.NOT_UTF8) from None
    except (msgspec.DecodeError, RecursionError):
        raise InvalidFact(RejectReason.NOT_JSON) from None


def decoded_event(body: bytes) -> Fact:
    """Return one CloudEvent from outside, every bound checked.

    Raises:
        InvalidFact: with the field and the rule it breaks, never with the value.
    """
    check_size(body)
    check_depth(body)
    try:
        fact = STRICT_DECODER.decode(body)
    except msgspec.ValidationError as error:
        raise _judged(str(error)) from None
    except UnicodeDecodeError:
        raise InvalidFact(RejectReason.NOT_UTF8) from None
    except (msgspec.DecodeError, RecursionError):
        raise InvalidFact(RejectReason.NOT_JSON) from None
    field = field_out_of_years(fact)
    if field:
        rule = f"not within the years {YEARS.start} to {YEARS.stop - 1}"
        raise InvalidFact(RejectReason.INVALID_FIELD, f"{field}: {rule}", field=field)
    return fact


def _judged(message: str) -> InvalidFact:
    where = _WHERE.search(message)
    field = where.group(1) if where else ""
    rule = message[: where.start()] if where else message
    named = _NAMED.match(rule)
    if named:
        return _misnamed(field, named.group(2), is_unknown=named.group(1) == "contains unknown")
    if field == "type":
        return InvalidFact(RejectReason.UNKNOWN_TYPE, "no such event type", field="type")
    if not field:
        return InvalidFact(RejectReason.NOT_CLOUDEVENT, "not a CloudEvents object")
    if rule.startswith(_CARRIES_VALUE):
        rule = "not one of the allowed values or not in the expected form"
    return InvalidFact(RejectReason.INVALID_FIELD, f"{field}: {rule}", field=field)


def _misnamed(field: str, name: str, *, is_unknown: bool) -> InvalidFact:
    if is_unknown:
        # The name is the sender's: it is repeated only where it cannot be anything but a name.
        is_plain = _PLAIN_NAME.fullmatch(name) is not None
        path = f"{field}.{name}".strip(".") if is_plain else field
        shown = path if is_plain else f"in {field}, with a name that is none"
        return InvalidFact(RejectReason.UNKNOWN_FIELD, f"unknown field {shown}", field=path)
    path = f"{field}.{name}".strip(".")
    reason = RejectReason.INVALID_FIELD if field else RejectReason.NOT_CLOUDEVENT
    return InvalidFact(reason, f"missing field {path}", field=path)


class RawBody:
    """FastStream's codec: hands over the bytes unparsed, so that no message is lost unseen."""

    async def decode(self, message: Any) -> Any:
        """Return the body as it came."""
        return message.body

    async def encode(self, message: Any, serializer: Any = None) -> tuple[bytes, str | None]:
        """Return bytes as they are, anything else as JSON."""
        del serializer
        if isinstance(message, bytes):
            return message, None
        return msgspec.json.encode(message), "application/json"
