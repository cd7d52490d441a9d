"""From the bytes of one event to a fact that may be recorded, or to the fault that forbids it."""

import re
from typing import Any, Final

import msgspec
from msgspec import Struct, structs

from shared.bus.codec import decoded_event
from shared.clock import Clock
from shared.errors import InvalidFact, RejectReason
from shared.events.contact import Contact
from shared.events.envelope import Fact, stamped

from .delivery import Breaker
from .domain.judging import Fault, Notice, Rules, judgement, sharpened
from .registry import Publisher, Registry
from .sealing import Seal

_CODE_FAULTS: Final = {RejectReason.INVALID_DOSSIER_CODE, RejectReason.INVALID_PROCEDURE_CODE}
_WHERE: Final = re.compile(r" - at `\$?\.?([^`]*)`")


class Reading(Struct, frozen=True, kw_only=True):
    """One submission as judged: a stamped fact, or a fault. `body` is what came in.

    `contact` is (reference, bytes) to be kept before the fact is recorded. `service` is the DVCQG
    service of the body, if it is no CloudEvent. `event_id`, `event_type` and `subject` are as far
    as they were read; `is_named` says that they may stand in the open.
    """

    body: bytes
    fact: Fact | None = None
    fault: Fault | None = None
    notices: tuple[Notice, ...] = ()
    contact: tuple[str, bytes] | None = None
    service: str = ""
    event_id: str = ""
    event_type: str = ""
    subject: str = ""
    is_named: bool = False

    @property
    def named(self) -> tuple[str, str, str]:
        """Id, type and subject."""
        return self.event_id, self.event_type, self.subject


class _Beside(Struct):
    contact: Contact | None = None


class Reader:
    """Decodes and judges; a fault of our own code becomes one of the event, counted."""

    def __init__(
        self, *, registry: Registry, rules: Rules, seal: Seal, clock: Clock, breaker: Breaker
    ) -> None:
        self._registry = registry
        self._rules = rules
        self._seal = seal
        self._clock = clock
        self._breaker = breaker

    def read(self, body: bytes, publisher: Publisher) -> Reading:
        """Read one CloudEvent in JSON."""
        return self._guarded(body, lambda: self._decoded(body, publisher))

    def read_fact(self, fact: Fact, body: bytes, service: str, publisher: Publisher) -> Reading:
        """Judge a fact that an adapter made out of `body`."""
        return self._guarded(
            body, lambda: self._judged(fact, publisher, body=body, service=service)
        )

    def _guarded(self, body: bytes, read: Any) -> Reading:
        found: Reading | Fault = self._breaker.guarded(read)
        return Reading(body=body, fault=found) if isinstance(found, Fault) else found

    def _decoded(self, body: bytes, publisher: Publisher) -> Reading:
        try:
            fact = decoded_event(body)
            contact = _contact_beside(body)
        except InvalidFact as error:
            return Reading(body=body, fault=sharpened(error, body))
        given = getattr(fact.data, "contact_ref", None)
        if contact is None and given is None:
            return self._judged(fact, publisher, body=body)
        fault = _contact_fault(fact, contact, given)
        if contact is None or fault is not None:
            return Reading(body=body, fault=fault)
        reference = self._seal.contact_ref(publisher.name, fact.id)
        data: Any = structs.replace(fact.data, contact_ref=reference)
        fact = structs.replace(fact, data=data)
        kept = (reference, msgspec.json.encode(contact))
        return self._judged(fact, publisher, body=body, contact=kept)

    def _judged(self, fact: Fact, publisher: Publisher, *, body: bytes, service: str = "",
                contact: tuple[str, bytes] | None = None) -> Reading:  # fmt: skip
        now = self._clock.now()
        pattern = self._registry.pattern_of(publisher.name)
        found = judgement(fact, dossier_pattern=pattern, now=now, rules=self._rules)
        fault = found.fault
        return Reading(
            body=body,
            fact=stamped(fact, source=publisher.name, recorded_at=now) if fault is None else None,
            fault=fault,
            notices=found.notices,
            contact=contact if fault is None else None,
            service=service,
            event_id=fact.id,
            event_type=fact.type,
            subject=fact.subject,
            is_named=fault is None or fault.reason not in _CODE_FAULTS,
        )


def _contact_beside(body: bytes) -> Contact | None:
    if b'"contact"' not in body:
        return None
    try:
        return msgspec.json.decode(body, type=_Beside).contact
    except msgspec.ValidationError as error:
        found = _WHERE.search(str(error))
        field = found.group(1) if found else "contact"
        raise InvalidFact(
            RejectReason.INVALID_FIELD, "missing, unknown or out of bounds", field=field
        ) from None
    except UnicodeDecodeError:  # the event itself is read past it
        raise InvalidFact(RejectReason.NOT_UTF8, field="contact") from None


def _contact_fault(fact: Fact, contact: Contact | None, given: str | None) -> Fault | None:
    if given is not None:
        detail = "send `contact` beside `data`; the reference is made here"
        return Fault(RejectReason.INVALID_FIELD, detail, "data.contact_ref")
    if contact is not None and not hasattr(fact.data, "contact_ref"):
        return Fault(RejectReason.INVALID_FIELD, "this type carries no contact", "contact")
    return None
