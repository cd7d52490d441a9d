"""The CloudEvents 1.0 envelope around what happened, and the registry of all fact types.

`Fact` is the base of one generated struct per type, so that msgspec decodes a whole message in
one pass, choosing the type by `type`. Two decoders exist: intake's checks every bound and refuses
any field of `data` that it does not know; the folds' trusts the log that intake wrote.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, cast, get_args, get_type_hints

import msgspec
from msgspec import Meta, Struct

from . import alert, catalogue, dossier, petition, postal
from .fields import Event, FactId, Instant, SourceName, SubjectId

Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]


class Fact(
    Struct,
    frozen=True,
    kw_only=True,
    gc=False,
    omit_defaults=True,
    tag_field="type",
    tag="abstract",
):
    """One CloudEvent: who says what about which subject, and when it happened.

    `source` is the publisher, taken from its credentials. `recordedtime` and `digest` are
    extension attributes that the recording service adds (`stamped`): when the fact entered the
    log, and 16 hex digits of its identity followed by 16 of its content.
    """

    specversion: Literal["1.0"]
    id: FactId
    source: SourceName = "unknown"
    subject: SubjectId
    time: Instant
    datacontenttype: Annotated[str, Meta(max_length=64)] = ""
    recordedtime: Instant | None = None
    digest: Digest | None = None
    data: Event

    @property
    def type(self) -> str:
        """The versioned type of the wire: `dossier.received.v1`."""
        return self.data.event_type

    @property
    def noun(self) -> str:
        """The first word of the type: `dossier`, `petition` and so on."""
        return self.data.event_type.partition(".")[0]

    @property
    def order(self) -> tuple[datetime, str, str]:
        """Where the fact stands among the facts about the same thing: the greater wins.

        The source decides only between two that give the same id to the same moment.
        """
        return (self.time, self.id, self.source)


class _Untagged(Struct, frozen=True, gc=False):
    """What the content digest covers: everything but who recorded it and when."""

    type: str
    subject: str
    time: datetime
    data: Event


def _leaves(root: type[Event]) -> Iterator[type[Event]]:
    for child in root.__subclasses__():
        if child.event_type:
            yield child
        yield from _leaves(child)


_MODULES = {m.__name__ for m in (alert, catalogue, dossier, petition, postal)}
EVENT_TYPES: dict[str, type[Event]] = {
    cls.event_type: cls
    for cls in sorted(set(_leaves(Event)), key=lambda c: c.event_type)
    if cls.__module__ in _MODULES
}
"""Every event class by its versioned type."""


def _envelope(event: type[Event], data: type[Event], fields: list[Any]) -> type[Fact]:
    made = msgspec.defstruct(
        event.__name__,
        [*fields, ("data", data)],
        bases=(Fact,),
        namespace={"__doc__": event.__doc__},
        tag=event.event_type,
        tag_field="type",
        frozen=True,
        kw_only=True,
        gc=False,
        omit_defaults=True,
    )
    return cast(type[Fact], made)


def _unbounded(struct: type[Struct], *, but: str = "") -> list[Any]:
    """Return the fields without their bounds: patterns cost ten times the decoding itself."""
    hints = get_type_hints(struct)  # without include_extras: Annotated[str, Meta(...)] is str
    return [
        (field.name, hints[field.name])
        if field.required
        else (field.name, hints[field.name], field.default)
        for field in msgspec.structs.fields(struct)
        if field.name != but
    ]


def _holds_date(hint: Any) -> bool:
    return (isinstance(hint, type) and issubclass(hint, date)) or any(
        map(_holds_date, get_args(hint))
    )


def _variant(event: type[Event], fields: list[Any], **config: Any) -> type[Event]:
    made = msgspec.defstruct(
        event.__name__,
        fields,
        bases=(event,),
        namespace={"__doc__": event.__doc__},
        frozen=True,
        kw_only=True,
        gc=False,
        omit_defaults=True,
        **config,
    )
    return cast(type[Event], made)


_CHECKED = {name: _envelope(event, event, []) for name, event in EVENT_TYPES.items()}
# Whatever a CloudEvent may carry and we replace is bounded, not judged: `source` is any URI
# reference, and an attribute that is not set may be written as null.
_OUTSIDE: list[Any] = [
    ("source", Annotated[str, Meta(max_length=512)], "unknown"),
    ("datacontenttype", Annotated[str, Meta(max_length=64)] | None, ""),
]
_STRICT = {
    name: _envelope(event, _variant(event, [], forbid_unknown_fields=True), _OUTSIDE)
    for name, event in EVENT_TYPES.items()
}
_TRUSTED = {
    name: _envelope(event, _variant(event, _unbounded(event)), _unbounded(Fact, but="data"))
    for name, event in EVENT_TYPES.items()
}
YEARS = range(1900, 2200)
"""What a date of ours can be; beyond it calendars end and conversions overflow."""

_ENCODER = msgspec.json.Encoder()
_CHECKER: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(reduce(or_, _CHECKED.values()))

STRICT_DECODER: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(reduce(or_, _STRICT.values()))
"""For what comes from outside: every bound checked, no unknown field in `data`. Its `source` is
what the sender calls itself; `stamped` puts the publisher there."""

LOG_DECODER: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(reduce(or_, _TRUSTED.values()))
"""For the log, which only our own services write: shapes, not bounds; a newer writer's added
fields are passed over."""


_DATED = {
    name: tuple(field.name for field in msgspec.structs.fields(event) if _holds_date(field.type))
    for name, event in EVENT_TYPES.items()
}


def field_out_of_years(fact: Fact) -> str:
    """Return the path of the first instant or day outside `YEARS`; empty where there is none.

    9999-12-31 is a favourite for "never", and has no local time in Việt Nam: it must not reach
    the log, where every fold would fall over it at every start.
    """
    if fact.time.year not in YEARS:
        return "time"
    for name in _DATED[fact.data.event_type]:
        value = getattr(fact.data, name)
        if value is not None and value.year not in YEARS:
            return f"data.{name}"
    return ""


def fact(
    event: Event,
    *,
    id: str,  # noqa: A002 - CloudEvents calls it so
    source: str,
    subject: str,
    time: datetime,
) -> Fact:
    """Return `event` in its envelope, with every bound checked.

    Raises:
        msgspec.ValidationError: a field is out of its bounds.
    """
    made = _CHECKED[event.event_type](
        specversion="1.0", id=id, source=source, subject=subject, time=time, data=event
    )
    data = _ENCODER.encode(made)
    field = field_out_of_years(_CHECKER.decode(data))
    if field:
        raise msgspec.ValidationError(f"Expected a year of {YEARS} - at `$.{field}`")
    return LOG_DECODER.decode(data)


def message_id(source: str, fact_id: str) -> str:
    """Return the `Nats-Msg-Id`: the publisher is part of it, so nobody can take another's id."""
    return hashlib.blake2b(f"{source}|{fact_id}".encode(), digest_size=16).hexdigest()


def digest_of(fact: Fact) -> str:
    """Return 32 hex digits: 16 of the identity (source, id), 16 of the content.

    Two facts with the same first half and another second half are a conflict. `contact_ref` is
    content too: it is derived from the identity and a secret, so a repeat carries the same one.
    Every instant counts as the instant it is, in whatever zone it was said (docs/adr/0010).
    """
    identity = hashlib.blake2b(f"{fact.source}|{fact.id}".encode(), digest_size=8)
    said = _Untagged(fact.type, fact.subject, fact.time.astimezone(UTC), _in_utc(fact.data))
    content = hashlib.blake2b(_ENCODER.encode(said), digest_size=8)
    return identity.hexdigest() + content.hexdigest()


def _in_utc(data: Event) -> Event:
    said = {name: getattr(data, name) for name in _DATED[data.event_type]}
    moved = {
        name: value.astimezone(UTC)
        for name, value in said.items()
        if isinstance(value, datetime) and value.tzinfo is not UTC
    }
    return msgspec.structs.replace(data, **moved) if moved else data


def stamped(fact: Fact, *, source: str, recorded_at: datetime) -> Fact:
    """Return the fact as it enters the log: publisher, UTC, recording time and digest set."""
    plain = _CHECKED[fact.type](
        specversion="1.0",
        id=fact.id,
        source=source,
        subject=fact.subject,
        time=fact.time.astimezone(UTC),
        datacontenttype="application/json",
        data=_in_utc(fact.data),
        recordedtime=recorded_at,
    )
    return msgspec.structs.replace(plain, digest=digest_of(plain))


def encoded(fact: Fact) -> bytes:
    """Return the bytes of the wire."""
    return _ENCODER.encode(fact)
