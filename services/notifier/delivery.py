"""Telling people: one message a round and channel, whatever the number of alerts and copies.

An alert is claimed on `alert.delivered.<alert>.<channel>` before it is told and settled there
afterwards, each by compare-and-set on the last state. A copy that dies in between leaves a claim
behind; nobody can know whether the message went out, so it is told late, labelled "nhắc lại".
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from services.notifier.book import AlertBook
from services.notifier.domain.records import AlertRecord
from services.notifier.domain.rules import AlertRules
from services.notifier.domain.telling import Message, Outcome, Telling, Timing, digest, telling
from services.notifier.handlers import AlertWriter, Said
from services.notifier.metrics import Metrics
from shared.bus.claims import Verdict
from shared.calendar.civil_time import epoch_of
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.events.alert import AlertDelivered
from shared.observability import ServiceLog

_NOW: Final = (Telling.FIRST, Telling.RETRY, Telling.REPEAT)
_RECIPIENT: Final = "default"

Claimed = tuple[AlertRecord, int, int]
"""An alert, where our claim stands in ALERTS, and which attempt it is."""


class Channel(Protocol):
    """A way to tell people. It never raises: no answer is an answer."""

    name: str

    async def send(self, message: Message) -> Outcome:
        """Send; SENT, FAILED (nobody was told) or UNKNOWN."""
        ...


class Deliverer:
    """Runs rounds on one channel."""

    def __init__(
        self,
        book: AlertBook,
        writer: AlertWriter,
        channel: Channel,
        rules: AlertRules,
        *,
        clock: Clock,
        metrics: Metrics,
        log: ServiceLog,
        agencies: Mapping[str, str],
        interval_seconds: int = 30,
        timing: Timing | None = None,
    ) -> None:
        self._book = book
        self._writer = writer
        self._channel = channel
        self._rules = rules
        self._clock = clock
        self._metrics = metrics
        self._log = log
        self._agencies = agencies
        self._interval_seconds = interval_seconds
        self._timing = timing or Timing()

    async def round(self) -> int:
        """Tell what is to be told now, if no other copy has this round; return how many."""
        now = epoch_of(self._clock.now())
        groups: dict[bool, list[tuple[AlertRecord, int, int]]] = {False: [], True: []}
        for record in self._book.open.values():
            how = telling(record, self._channel.name, now, self._timing)
            if how in _NOW:
                told = record.delivery(self._channel.name)
                sequence, attempt = (told.sequence, told.attempt + 1) if told else (0, 1)
                groups[how is Telling.REPEAT].append((record, sequence, attempt))
        waiting = groups[False] or groups[True]
        if not waiting or not await self._is_ours(waiting[0][0], now):
            return 0
        told_count = 0
        for is_repeat, group in groups.items():
            told_count += await self._tell(group, is_repeat=is_repeat) if group else 0
        return told_count

    async def _is_ours(self, first: AlertRecord, now: int) -> bool:
        """Win the round: two copies at once would make two messages of one burst."""
        number = now // self._interval_seconds
        try:
            won = await self._writer.write(
                Said("round", self._event(first, Outcome.CLAIMED, 1, f"round-{number}"),
                     first.dossier),
                key=self._channel.name,
            )  # fmt: skip
        except TemporarilyUnavailable:
            return False
        return won.verdict is Verdict.WON

    async def _tell(self, group: Sequence[Claimed], *, is_repeat: bool) -> int:
        claimed = await self._mark(group, Outcome.CLAIMED)
        if not claimed:
            return 0
        now = epoch_of(self._clock.now())
        records = [record for record, _, _ in claimed]
        message = digest(records, now, self._rules, agencies=self._agencies, is_repeat=is_repeat)
        outcome = await self._channel.send(message)
        self._metrics.told(self._channel.name, outcome, len(claimed))
        self._log.info(
            "alerts_told", channel=self._channel.name, outcome=outcome.value, count=len(claimed)
        )
        await self._mark(claimed, outcome)
        return len(claimed)

    async def _mark(self, group: Sequence[Claimed], outcome: Outcome) -> list[Claimed]:
        """Write the state of each; return those we could, with where it stands now.

        One that cannot be written is left as it is: it goes stale, and is told again, labelled.
        """
        results = await asyncio.gather(
            *(
                self._writer.write(
                    Said("delivered", self._event(record, outcome, attempt), record.dossier,
                         sequence),
                    key=self._channel.name,
                )
                for record, sequence, attempt in group
            ),
            return_exceptions=True,
        )  # fmt: skip
        done: list[Claimed] = []
        for (record, _, attempt), result in zip(group, results, strict=True):
            if isinstance(result, TemporarilyUnavailable):
                continue
            if isinstance(result, BaseException):
                raise result
            if result.verdict is Verdict.WON:
                done.append((record, result.sequence, attempt))
        return done

    def _event(
        self, record: AlertRecord, outcome: Outcome, attempt: int, alert_id: str = ""
    ) -> AlertDelivered:
        return AlertDelivered(
            alert_id=alert_id or record.alert_id, stage=record.stage, agency_code=record.agency,
            channel=self._channel.name, recipient=_RECIPIENT, outcome=outcome.value,
            attempt=attempt,
        )  # fmt: skip
