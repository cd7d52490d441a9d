"""From an HTTP body to the bytes of single events: structured, binary, batch, NDJSON. Pure."""

import math
import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote

import msgspec

EVENTS_MAX: Final = 5_000
JSON: Final = "application/json"
STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
NDJSON: Final = "application/x-ndjson"
_BINARY_MARK: Final = "ce-specversion"
_ATTRIBUTE: Final = re.compile(r"ce-[a-z0-9]{1,20}")
_ATTRIBUTES_MAX: Final = 20
_VALUE_MAX: Final = 256
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])


class UnsupportedError(Exception):
    """The content type is none of ours."""


class TooManyError(Exception):
    """More events than one request may carry."""


class Split(NamedTuple):
    """The events of a request; `is_single` where the answer is that of one event."""

    bodies: list[bytes]
    is_single: bool


def split(body: bytes, headers: Mapping[str, str]) -> Split:
    """Return the events. An array that is no JSON is one event, which will be refused as such.

    Raises:
        UnsupportedError: the content type is not accepted.
        TooManyError: more than 5,000 events.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if _BINARY_MARK in headers:
        if kind not in {JSON, ""} and not kind.endswith("+json"):
            raise UnsupportedError
        return Split([binary(body, headers)], is_single=True)
    if kind == NDJSON:
        return _bounded(Split(_lines(body), is_single=False))
    if kind not in {JSON, STRUCTURED, BATCH, ""}:
        raise UnsupportedError
    if kind == BATCH or (kind != STRUCTURED and body.lstrip()[:1] == b"["):
        return _bounded(_array(body))
    return Split([body], is_single=True)


def binary(data: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a binary-mode event in structured form: attributes from `ce-` headers."""
    attributes = {
        name[3:]: unquote(value[:_VALUE_MAX])
        for name, value in list(headers.items())
        if _ATTRIBUTE.fullmatch(name)
    }
    known = dict(list(attributes.items())[:_ATTRIBUTES_MAX])
    kind = headers.get("content-type", "")[:64]
    envelope = msgspec.json.encode({**known, "datacontenttype": kind or JSON})
    # Spliced in as bytes: what is wrong inside is found where all events are read.
    return envelope[:-1] + b',"data":' + (data.strip() or b"null") + b"}"


def _lines(body: bytes) -> list[bytes]:
    # Not splitlines(): bytes between 0x1c and 0x1e end lines there, and no NDJSON line.
    return [line for line in body.split(b"\n") if line.strip()]


def _array(body: bytes) -> Split:
    # Each event's depth is checked where it is read; here the recursion limit is guard enough.
    try:
        return Split([bytes(raw) for raw in _ARRAY.decode(body)], is_single=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Split([body], is_single=False)


def _bounded(found: Split) -> Split:
    if len(found.bodies) > EVENTS_MAX:
        raise TooManyError
    return found


def retry_after(seconds: float) -> str:
    """Return the value of Retry-After: whole seconds, at least one."""
    return str(max(1, math.ceil(seconds)))
