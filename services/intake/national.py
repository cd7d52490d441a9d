"""Payloads of the sync to Cổng DVCQG: read by the adapter, judged and recorded like all others."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from shared.bus.codec import decoded_json
from shared.clock import Clock
from shared.errors import InvalidFact, RejectReason

from .delivery import Breaker
from .domain.answers import Outcome, Result
from .domain.judging import Fault
from .handlers import Intake
from .ledger import UnknownBook
from .reading import Reading
from .registry import Publisher
from .rejects import Via
from .sources.dvcqg import codes
from .sources.dvcqg.mapping import facts_of
from .sources.dvcqg.outcome import Rejection, answer

BODY_BYTES_MAX = 4 * 1_048_576
KIND = "dvcqg"
"""The kind under which unknown codes of these payloads are listed."""


class Said(NamedTuple):
    """The answer in the portal's shape, and ours beside it."""

    answer: dict[str, Any]
    results: Sequence[Result]


class _Read(NamedTuple):
    readings: list[Reading]
    indexes: list[int]


class National:
    """Takes in `DongBoHoSoMC` and `CapNhatTienDoHoSoMC`."""

    def __init__(
        self, intake: Intake, unknown: UnknownBook, clock: Clock, breaker: Breaker
    ) -> None:
        self._intake = intake
        self._unknown = unknown
        self._clock = clock
        self._breaker = breaker

    async def submit(
        self, service: str, body: bytes, publisher: Publisher, *, keep_refusals: bool = True
    ) -> Said:
        """Record what one payload says. Raises TemporarilyUnavailable; ValueError: no service."""
        read = self._read(service, body, publisher)
        results = await self._intake.submit_read(
            read.readings, publisher, Via.DVCQG, keep_refusals=keep_refusals
        )
        rejections = [
            _rejection(result, index)
            for result, index in zip(results, read.indexes, strict=True)
            if result.reasons
        ]
        outcomes = [result.outcome for result in results]
        said = answer(
            rejections,
            accepted=outcomes.count(Outcome.ACCEPTED),
            duplicate=outcomes.count(Outcome.DUPLICATE),
        )
        return Said(said, results)

    def _read(self, service: str, body: bytes, publisher: Publisher) -> _Read:
        payload = _payload(body)
        if isinstance(payload, Fault):
            return _Read([Reading(body=body, fault=payload, service=service)], [0])
        now = self._clock.now()
        found = self._breaker.guarded(
            lambda: facts_of(service, payload, source=publisher.name, received_at=now)
        )
        if isinstance(found, Fault):
            return _Read([Reading(body=body, fault=found, service=service)], [0])
        elements = _elements(payload)
        index_of = {_code(element): index for index, element in enumerate(elements)}
        read = _Read([], [])
        for fact in found.facts:
            index = index_of.get(fact.subject, 0)
            bytes_of = _bytes(elements, index)
            read.readings.append(self._intake.reader.read_fact(fact, bytes_of, service, publisher))
            read.indexes.append(index)
        for rejection in found.rejections:
            fault = Fault(rejection.reason, rejection.detail, rejection.field)
            kept = _bytes(elements, rejection.index) or body
            read.readings.append(Reading(body=kept, fault=fault, service=service))
            read.indexes.append(rejection.index)
        for unknown in found.unknown:
            self._unknown.add(KIND, f"{unknown.field}={unknown.code}", publisher.name, now)
        return read


def payload_of(body: bytes) -> bytes:
    """Return the payload that brings one element again, from a desk."""
    return b'{"isUpdating":true,"data":[' + body + b"]}"


def _payload(body: bytes) -> dict[str, Any] | Fault:
    try:
        payload = decoded_json(body, limit=BODY_BYTES_MAX)
    except InvalidFact as error:
        return Fault(error.reason, error.detail, error.field)
    if isinstance(payload, dict):
        return payload
    return Fault(RejectReason.INVALID_FIELD, "not an object", "data")


def _elements(payload: Mapping[str, Any]) -> Sequence[Any]:
    found = payload.get("data")
    if isinstance(found, dict):
        return [found]
    return found if isinstance(found, list) else []


def _code(element: Any) -> str:
    return codes.text_of(element.get("MaHoSo")) if isinstance(element, dict) else ""


def _bytes(elements: Sequence[Any], index: int) -> bytes:
    return msgspec.json.encode(elements[index]) if index < len(elements) else b""


def _rejection(result: Result, index: int) -> Rejection:
    first = result.reasons[0]
    return Rejection(RejectReason(first.code), first.message_vi, first.field or "", index)
