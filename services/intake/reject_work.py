"""What a person does with one reject, whether on the desk or from the command line."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from shared.bus.streams import REJECTS
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.runtime import Refusal

from .domain.answers import REFUSALS, Remark, Result
from .handlers import Intake
from .ledger import RejectRow, RejectsFold
from .national import National, payload_of
from .registry import Publisher, Registry
from .rejects import (
    DECODER,
    How,
    RejectEvent,
    RejectPart,
    RejectRecord,
    RejectSettled,
    Via,
    body_of,
)
from .sealing import Seal, SealBrokenError
from .wire import Wire

NAME_CHARS_MAX: Final = 80
REASON_CHARS_MAX: Final = 500
BODY_CHARS_MAX: Final = 131_072

_FOLDED_WITHIN_SECONDS: Final = 2.0
_MENDED: Final = "Đã sửa nội dung"
_NOTHING: Final = Remark(
    "invalid_field",
    "Nội dung này không nói lên sự kiện nào.",
    "Nothing is said by this body.",
)


class Opened(Struct, frozen=True):
    """A reject with its body, in clear only here; `body` is empty where it cannot be opened."""

    row: RejectRow
    record: RejectRecord
    body: bytes
    is_readable: bool = True


class RejectWork:
    """Opens a reject and settles it."""

    def __init__(
        self,
        rejects: RejectsFold,
        *,
        registry: Registry,
        intake: Intake,
        national: National,
        wire: Wire,
        seal: Seal,
        clock: Clock,
    ) -> None:
        self._rejects = rejects
        self._registry = registry
        self._intake = intake
        self._national = national
        self._wire = wire
        self._seal = seal
        self._clock = clock

    async def opened(self, reject_id: str) -> Opened:
        """Return the reject with its body.

        Raises:
            Refusal: there is none of that id.
            TemporarilyUnavailable: the log does not give it now.
        """
        row = self._rejects.row(reject_id)
        if row is None:
            raise Refusal(404, "Không có mục từ chối này.", "No such reject.")
        (record,) = await self._stored([row.sequence])
        assert isinstance(record, RejectRecord)  # noqa: S101 - the fold kept its sequence
        parts = [part for part in await self._stored(record.rest) if isinstance(part, RejectPart)]
        try:
            return Opened(row, record, body_of(record, parts, self._seal))
        except SealBrokenError:
            return Opened(row, record, b"", is_readable=False)

    async def _stored(self, sequences: Sequence[int]) -> list[RejectEvent]:
        if not sequences:
            return []
        bodies = await self._wire.read(REJECTS, sequences)
        try:
            return [DECODER.decode(bodies[sequence]) for sequence in sequences]
        except msgspec.DecodeError as error:
            raise TemporarilyUnavailable("the reject is unreadable") from error

    async def resubmit(
        self, opened: Opened, body: bytes, *, by: str, reason: str = ""
    ) -> tuple[Sequence[Result], Remark | None]:
        """Judge the body as if its publisher had sent it; settle the reject if all of it passes.

        Returns the answers, and why the reject is still open: None once it is settled.
        """
        results = await self._submit(opened, body)
        refused = next((one for one in results if one.outcome in REFUSALS), None)
        if refused is not None:
            return results, refused.reasons[0]
        if not results:
            return results, _NOTHING
        settled = self._settled(opened, How.RESUBMITTED, by, reason or _MENDED)
        settled = msgspec.structs.replace(settled, new_fact_id=results[0].id or "")
        await self._settle(settled, opened.row.publisher)
        return results, None

    async def dismiss(self, opened: Opened, *, by: str, reason: str) -> None:
        """Close the reject without a fact."""
        settled = self._settled(opened, How.DISMISSED, by, reason)
        await self._settle(settled, opened.row.publisher)

    async def _submit(self, opened: Opened, body: bytes) -> list[Result]:
        name = opened.row.publisher
        publisher = self._registry.by_name(name) or Publisher(name=name, revoked=True)
        if opened.record.service:
            said = await self._national.submit(
                opened.record.service, payload_of(body), publisher, keep_refusals=False
            )
            return list(said.results)
        return await self._intake.submit([body], publisher, Via.HTTP, keep_refusals=False)

    def _settled(self, opened: Opened, how: How, by: str, reason: str) -> RejectSettled:
        return RejectSettled(
            reject_id=opened.row.reject_id, how=how, by=by, reason=reason, at=self._clock.now()
        )

    async def _settle(self, settled: RejectSettled, publisher: str) -> None:
        """Settle, and wait a moment for the list to show it."""
        sequence = await self._intake.settle(settled, publisher)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FOLDED_WITHIN_SECONDS):
                await self._rejects.folded(sequence)
