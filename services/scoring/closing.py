"""Closes periods that ended, and corrects them when facts came late: once, whoever is first.

The claim is compare-and-set on the one subject of the province's closings: of two replicas that
look at the same time one is refused, reads the other's fact, and has nothing left to do.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from shared.bus.claims import Verdict, claim
from shared.bus.streams import FACTS
from shared.bus.subjects import fact_subject
from shared.clock import Clock
from shared.events.alert import IndicatorCorrected, IndicatorPeriodClosed
from shared.events.envelope import Fact, encoded, fact, message_id, stamped
from shared.observability import ServiceLog

from .domain.closing import Figures, Settling, closes_at, end_of_period, ended_last
from .domain.contribution import CLOSED, MEASURE, RECEIVED
from .domain.periods import months_of
from .domain.rules import SECOND_US, month_of
from .drawing import Drawn, fingerprint_of, fingerprints
from .looking import look_for_ever
from .publications import Publications

_SOURCE: Final = "scoring"
_LOOK_SECONDS: Final = 10.0
_FIRST_CORRECTION_SECONDS: Final = 60
_COMPARE_SECONDS: Final = 60.0
_QUIET_SECONDS: Final = 30.0
_PATIENCE: Final = 6.0


class ClosingRules(Struct, frozen=True, kw_only=True):
    """When periods are closed and corrected; `is_whole` is false for a shard of the log."""

    grace_working_days: float
    correct_every_seconds: float
    is_whole: bool = True


class CannotCloseError(Exception):
    """The period cannot be closed; `reason` is a word for a program."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Closing:
    """Looks every few seconds; everything it needs to know stands in the log or the file."""

    def __init__(
        self, publications: Publications, rules: ClosingRules, *, clock: Clock, log: ServiceLog
    ) -> None:
        self._publications = publications
        self._scoring = publications.scoring
        self._rules = rules
        self._clock = clock
        self._log = log
        self._one_at_a_time = asyncio.Lock()
        self._seen: tuple[int, Mapping[str, str]] | None = None
        quiet = min(_QUIET_SECONDS, rules.correct_every_seconds)
        self._compared_at: float | None = None
        self._settling = Settling(quiet, _PATIENCE * quiet)

    async def run(self) -> None:
        """Look for ever; what fails is tried again at the next look."""
        every = min(_LOOK_SECONDS, self._rules.correct_every_seconds)
        await look_for_ever(self.look, every_seconds=every, log=self._log, waits="closing_waits")

    async def look(self) -> None:
        """Close what is due, and correct what late facts changed."""
        if not self._may_close():
            return
        now = int(self._clock.now().timestamp())
        calendar = self._publications.place.rules.calendar
        waiting = [
            period
            for period in ended_last(month_of(now * SECOND_US))
            if closes_at(period, calendar, self._rules.grace_working_days) <= now
            and not self._publications.figures(period)
            and self._has_anything(period)
        ]
        # Reading the marks walks over every counter: not for nothing, and not all day long.
        if waiting:
            marks = await self._marks()
            for period in waiting:
                if self._is_settled(period, marks):
                    await self._publish(period)
        if self._may_compare():
            for period in await self._moved(now):
                await self._publish(period)

    def _may_compare(self) -> bool:
        now = self._clock.monotonic()
        pause = min(_COMPARE_SECONDS, self._rules.correct_every_seconds)
        if self._compared_at is not None and now - self._compared_at < pause:
            return False
        self._compared_at = now
        return True

    async def _marks(self) -> Mapping[str, str]:
        """The fingerprints of all months; reading them walks over every counter."""
        position = self._scoring.position.sequence
        if self._seen is None or self._seen[0] != position:
            self._scoring.commit()
            self._seen = (position, await fingerprints(self._publications.place))
        return self._seen[1]

    def _is_settled(self, period: str, marks: Mapping[str, str]) -> bool:
        mark = fingerprint_of(marks, period)
        return self._settling.is_settled(period, mark, self._clock.monotonic())

    async def now(self, period: str) -> list[Figures]:
        """Close a period that ended, or correct it, without waiting; return what is published.

        Raises:
            CannotCloseError: it has not ended, or the log is still being read.
        """
        if not self._may_close():
            raise CannotCloseError("not_ready")
        if end_of_period(period) > self._clock.now().timestamp():
            raise CannotCloseError("not_ended")
        await self._publish(period)
        return self._publications.figures(period)

    def _may_close(self) -> bool:
        is_ours = self._rules.is_whole and bool(self._publications.province)
        return is_ours and self._scoring.may_show

    def _has_anything(self, period: str) -> bool:
        self._scoring.refresh()
        index = self._scoring.numbers.index
        rows = (
            row
            for kind in (RECEIVED, CLOSED, MEASURE)
            for row in index.rows(kind, dict.fromkeys((period, *months_of(period))))
        )
        return next(rows, None) is not None

    async def _moved(self, now: int) -> list[str]:
        """The closed periods whose counters are others than when they were published."""
        found: list[str] = []
        marks: Mapping[str, str] | None = None
        for state in self._publications.periods():
            last = state.figures[-1]
            mark = self._publications.mark(state.period, last)
            if mark is None:
                mark = await self._publications.adopt(state.period, last)
            every = self._rules.correct_every_seconds
            wait = every if last.number else min(every, _FIRST_CORRECTION_SECONDS)
            if last.at + wait > now:
                continue
            marks = marks or await self._marks()
            if mark != fingerprint_of(marks, state.period):
                found.append(state.period)
        return found

    # ------------------------------------------------------------------ the claim

    async def _publish(self, period: str) -> None:
        """Publish the next number of a period, unless its report is what was published last."""
        async with self._one_at_a_time:
            figures = self._publications.figures(period)
            what = "corrected" if figures else "period_closed"
            subject = f"indicator.{what}.{self._publications.province}"
            standing = await self._last_of(subject)
            is_read = standing <= self._scoring.position.sequence
            if not is_read or self._publications.figures(period) != figures:
                return  # somebody else published: look again when the fold has read it
            drawn = await self._publications.draw(period)
            if figures and figures[-1].digest == drawn.sha256:
                self._publications.keep(period, drawn)
                return
            number = figures[-1].number + 1 if figures else 0
            said = self._fact(period, number, drawn, self._clock.now())
            assert fact_subject(said) == subject  # noqa: S101 - what the claim is about
            won = await claim(
                self._js(), stream=FACTS, subject=subject, body=encoded(said),
                expected_sequence=standing, message_id=message_id(said.source, said.id),
            )  # fmt: skip
            if won.verdict is Verdict.WON:
                self._publications.keep(period, drawn)
                self._log.info(f"period_{what}", period=period, count=number)
                await self._folded(won.sequence)

    def _fact(self, period: str, number: int, drawn: Drawn, now: datetime) -> Fact:
        province = self._publications.province
        event: IndicatorPeriodClosed | IndicatorCorrected
        if number:
            event = IndicatorCorrected(
                agency_code=province, period=period, digest=drawn.sha256, number=number,
                position=drawn.position,
            )  # fmt: skip
        else:
            event = IndicatorPeriodClosed(
                agency_code=province, period=period, digest=drawn.sha256, position=drawn.position
            )
        what = event.event_type.split(".")[1]
        subject = f"{province}/{period}"
        said = fact(
            event, id=f"{subject}:{what}:{number or 1}", source=_SOURCE, subject=subject, time=now
        )
        return stamped(said, source=_SOURCE, recorded_at=now)

    async def _last_of(self, subject: str) -> int:
        try:
            return (await self._js().get_last_msg(FACTS, subject)).seq or 0
        except NotFoundError:
            return 0

    async def _folded(self, sequence: int) -> None:
        """Wait a little until our own fact is read: the next question should know of it."""
        for _ in range(100):
            if self._scoring.position.sequence >= sequence:
                return
            await asyncio.sleep(0.05)

    def _js(self) -> JetStreamContext:
        return JetStreamContext(self._publications.client())
