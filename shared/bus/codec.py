"""From hostile bytes to a fact, or to a closed reason. Runs on the main thread only.

msgspec raises three families of exceptions and can exhaust a small thread stack on deep JSON
(PLATFORM section 7): hence the size cap, the depth scan, and this one place.
"""

import re
from typing import Any

import msgspec

from shared.errors import InvalidFact, RejectReason
from shared.events.envelope import STRICT_DECODER, Fact

from .streams import MESSAGE_SIZE_MAX_BYTES

DEPTH_MAX = 32
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_WHERE = re.compile(r" - at `\$?\.?([^`]*)`")
_UNKNOWN = re.compile(r"unknown field `([^`]{1,64})`")


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
        return STRICT_DECODER.decode(body)
    except msgspec.ValidationError as error:
        raise _judged(str(error)) from None
    except UnicodeDecodeError:
        raise InvalidFact(RejectReason.NOT_UTF8) from None
    except (msgspec.DecodeError, RecursionError):
        raise InvalidFact(RejectReason.NOT_JSON) from None


def _judged(message: str) -> InvalidFact:
    where = _WHERE.search(message)
    field = where.group(1) if where else ""
    unknown = _UNKNOWN.search(message)
    if unknown:
        path = f"{field}.{unknown.group(1)}" if field else unknown.group(1)
        return InvalidFact(RejectReason.UNKNOWN_FIELD, f"unknown field {path}", field=path)
    if field == "type":
        return InvalidFact(RejectReason.UNKNOWN_TYPE, "no such event type", field="type")
    if "missing required field" in message:
        name = message.split("`")[1]
        path = f"{field}.{name}" if field else name
        reason = RejectReason.NOT_CLOUDEVENT if not field else RejectReason.INVALID_FIELD
        return InvalidFact(reason, f"missing field {path}", field=path)
    if not field:
        return InvalidFact(RejectReason.NOT_CLOUDEVENT, "not a CloudEvents object")
    rule = _WHERE.sub("", message)
    if rule.startswith("Invalid"):  # these messages carry the value
        rule = "not one of the allowed values or not in the expected form"
    return InvalidFact(RejectReason.INVALID_FIELD, f"{field}: {rule}", field=field)


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
