"""Says that an agency fell under a target, or reached it: once, however many copies look.

Judged is the year so far, as the plans are written. A ratio that goes up and down is waited for
until it stands still; whoever appends first has said it (compare-and-set on the agency's subject),
and the id of the fact names period, agency, target, direction and day.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Final

from msgspec import Struct
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from shared.bus.claims import Verdict, claim
from shared.bus.streams import FACTS
from shared.bus.subjects import fact_subject
from shared.clock import Clock
from shared.events.alert import IndicatorTargetCrossed
from shared.events.envelope import Fact, encoded, fact, message_id, stamped
from shared.observability import ServiceLog

from .domain.closing import Settling
from .domain.crossings import TargetState, Why, all_met, crossing, ending
from .domain.rules import EPOCH_DAY
from .domain.scores import Known, Unit
from .handlers import Scoring
from .ledger import TARGET
from .looking import look_for_ever
from .score_reading import ScoreReading

_SOURCE: Final = "scoring"
_LOOK_SECONDS: Final = 10.0
_PATIENCE: Final = 6.0
_AT_ONCE: Final = 200


class CrossingRules(Struct, frozen=True, kw_only=True):
    """How long a ratio must stand still; `is_whole` is false for a shard of the log."""

    settle_seconds: float
    is_whole: bool = True


class Crossed(Struct, frozen=True, kw_only=True):
    """One crossing to be said."""

    agency: str
    indicator: str
    plan: str
    met: bool
    why: Why
    known: Known | None

    @property
    def key(self) -> str:
        """The subject of the fold that it is about."""
        return f"{TARGET}{self.agency}/{self.indicator}/{self.plan}"


class Crossings:
    """Looks every few seconds at the units whose numbers became other."""

    def __init__(
        self, scoring: Scoring, scores: ScoreReading, rules: CrossingRules, *, clock: Clock,
        log: ServiceLog, client: Callable[[], Client],
    ) -> None:  # fmt: skip
        self._scoring, self._scores = scoring, scores
        self._rules, self._clock, self._log, self._client = rules, clock, log, client
        self._settling = Settling(rules.settle_seconds, _PATIENCE * rules.settle_seconds)
        self._judged: dict[str, Unit] = {}
        self._judged_on: date | None = None

    async def run(self) -> None:
        """Look for ever; what fails is tried again at the next look."""
        every = min(_LOOK_SECONDS, self._rules.settle_seconds)
        await look_for_ever(self.look, every_seconds=every, log=self._log, waits="crossing_waits")

    async def look(self) -> None:
        """Say what crossed since the last look and has stood still."""
        if not self._rules.is_whole or not self._scoring.may_show:
            return
        found = await self._found()
        by_agency: defaultdict[str, list[Crossed]] = defaultdict(list)
        for one in found[:_AT_ONCE]:
            by_agency[one.agency].append(one)
        for agency, crossed in by_agency.items():
            await self._say(agency, crossed)

    async def _found(self) -> list[Crossed]:
        """Everything to be said now; a unit with nothing left to say is not looked at again."""
        scored = await self._scores.scored(self._scores.reading.year)
        today = self._scores.reading.today
        found: list[Crossed] = []
        if today != self._judged_on:
            self._judged, self._judged_on = {}, today
            found += self._ended(scored.period, today)
        for agency, unit in scored.units.items():
            if self._judged.get(agency) is unit:
                continue
            crossed = list(self._of_unit(agency, unit, scored.period, today))
            settled = [one for one in crossed if self._is_settled(one)]
            found += settled
            if not crossed:
                self._judged[agency] = unit
            await asyncio.sleep(0)
        return found

    def _of_unit(self, agency: str, unit: Unit, period: str, today: date) -> Iterator[Crossed]:
        verdicts: defaultdict[tuple[str, str], list[bool | None]] = defaultdict(list)
        for plan, target in self._scores.binding(agency, period):
            known = unit.measures.get(target.measure)
            measure = known.measure if known is not None else None
            is_met = target.is_met(measure.numerator, measure.denominator) if measure else None
            verdicts[target.measure, plan.id].append(is_met)
        for (indicator, plan_id), each in verdicts.items():
            is_met = all_met(each)
            said = self._said(f"{TARGET}{agency}/{indicator}/{plan_id}")
            why = crossing(said, _number(today), is_met=is_met)
            if why is Why.CROSSED:
                yield Crossed(
                    agency=agency, indicator=indicator, plan=plan_id, met=bool(is_met), why=why,
                    known=unit.measures.get(indicator),
                )  # fmt: skip

    def _ended(self, period: str, today: date) -> list[Crossed]:
        """What is not met and binds nobody any more: whoever was alerted may rest."""
        bound: dict[str, set[tuple[str, str]]] = {}
        found: list[Crossed] = []
        for _, said in self._scoring.fold.items(TARGET):
            if not isinstance(said, TargetState):
                continue
            agency = said.agency
            if agency not in bound:
                pairs = self._scores.binding(agency, period)
                bound[agency] = {(target.measure, plan.id) for plan, target in pairs}
            why = ending(said, _number(today))
            if why is Why.NO_LONGER_DEMANDED and (said.indicator, said.plan) not in bound[agency]:
                found.append(Crossed(
                    agency=agency, indicator=said.indicator, plan=said.plan, met=True, why=why,
                    known=None,
                ))  # fmt: skip
        return found

    def _said(self, key: str) -> TargetState | None:
        state = self._scoring.fold.state_of(key)
        return state if isinstance(state, TargetState) else None

    def _is_settled(self, one: Crossed) -> bool:
        return self._settling.is_settled(one.key, str(one.met), self._clock.monotonic())

    # ------------------------------------------------------------------ the claim

    async def _say(self, agency: str, crossed: list[Crossed]) -> None:
        subject = f"indicator.target_crossed.{agency}"
        standing = await self._last_of(subject)
        if standing > self._scoring.position.sequence:
            return  # somebody said something: look again when the fold has read it
        for one in crossed:
            said = self._fact(one, self._clock.now())
            assert fact_subject(said) == subject  # noqa: S101 - what the claim is about
            won = await claim(
                self._js(), stream=FACTS, subject=subject, body=encoded(said),
                expected_sequence=standing, message_id=message_id(said.source, said.id),
            )  # fmt: skip
            if won.verdict is not Verdict.WON:
                return
            standing = won.sequence
            self._settling.forget(one.key)
            self._log.info("target_crossed", agency=agency)

    def _fact(self, one: Crossed, now: datetime) -> Fact:
        measure = one.known.measure if one.known is not None else None
        period = self._scores.reading.year
        event = IndicatorTargetCrossed(
            agency_code=one.agency, indicator_id=one.indicator, plan=one.plan, met=one.met,
            period=period, numerator=measure.numerator if measure else None,
            denominator=measure.denominator if measure else None,
            demanded=one.why is not Why.NO_LONGER_DEMANDED,
        )  # fmt: skip
        direction = "met" if one.met else "unmet"
        about = f"{one.agency}/{one.indicator}"
        day = self._scores.reading.today.isoformat()
        made = fact(
            event, id=f"{period}:{about}:{one.plan}:{direction}:{day}", source=_SOURCE,
            subject=about, time=now,
        )  # fmt: skip
        return stamped(made, source=_SOURCE, recorded_at=now)

    async def _last_of(self, subject: str) -> int:
        try:
            return (await self._js().get_last_msg(FACTS, subject)).seq or 0
        except NotFoundError:
            return 0

    def _js(self) -> JetStreamContext:
        return JetStreamContext(self._client())


def _number(day: date) -> int:
    return (day - EPOCH_DAY).days
