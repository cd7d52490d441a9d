"""One leg, one order: claimed first, told to the carrier once, settled by asking."""

from datetime import datetime
from typing import Final, Protocol

import msgspec
from msgspec import Struct
from nats.aio.client import Client
from nats.js import JetStreamContext

from services.postal_gateway.contacts import ContactGoneError, Contacts
from services.postal_gateway.domain.facts import SOURCE, order_accepted
from services.postal_gateway.domain.orders import (
    Accepted,
    Answer,
    LegName,
    NotOrdered,
    Order,
    Standing,
    TrackingPage,
)
from services.postal_gateway.domain.states import LegState, PostState
from services.postal_gateway.ledger import PostLedger, Trouble
from services.postal_gateway.metrics import ACCEPTED, CONTACT_MISSING, FOUND, Metrics
from shared.bus.claims import Claim, Sightings, Verdict, claim
from shared.bus.publishing import LogMessage, LogWriter
from shared.bus.streams import FACTS, POSTAL
from shared.bus.subjects import claim_subject, fact_subject
from shared.calendar.civil_time import epoch_of
from shared.clock import Clock
from shared.errors import TemporarilyUnavailable
from shared.events.envelope import Fact, encoded, message_id, stamped
from shared.events.fields import Leg

CLAIMED: Final = "claimed"
_BACK_OFF_SECONDS: Final = 10
_BACK_OFF_SECONDS_MAX: Final = 1800
_CONTACT_RETRY_SECONDS: Final = 3600


class Carrier(Protocol):
    """A postal operator. The contract test says what each must do."""

    name: str

    async def create(self, order: Order) -> Answer:
        """Ask for an order once; UNKNOWN for whatever is not a clear answer."""
        ...

    async def find(self, order_number: str, *, within_seconds: float) -> Accepted | None:
        """Whether it has that order, as known at most so long ago. Raises TemporarilyUnavailable.

        Counted by this process's own seconds: a clock may be set back between claim and answer.
        """
        ...

    async def cancel(self, order_number: str) -> None:
        """Take the order back. Raises TemporarilyUnavailable."""
        ...

    async def tracking(self, last_row: int) -> TrackingPage:
        """The statuses after a row. Raises TemporarilyUnavailable."""
        ...

    async def statement(self, since: datetime) -> list[Standing]:
        """Every order that stood since then, as the carrier has it. Raises the same."""
        ...

    async def close(self) -> None:
        """Give its connections back."""
        ...


class OrderClaim(Struct, frozen=True, kw_only=True):
    """What stands on the claim of one order: whose it is and how it went. `at`: epoch second."""

    by: str
    state: str
    at: int
    attempt: int = 1
    carrier: str = ""  # empty: from a time when there was one, the first
    tracking_number: str = ""
    accepted_at: datetime | None = None


class FactWriter:
    """Appends postal facts to FACTS; the same fact twice is one."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._log = LogWriter(client, stream=FACTS)
        self._clock = clock

    async def write(self, facts: list[Fact]) -> None:
        """Append all of them.

        Raises:
            TemporarilyUnavailable: no answer; some may be stored, and writing again is safe.
        """
        now = self._clock.now()
        by_id = {}
        for one in facts:
            entry = stamped(one, source=SOURCE, recorded_at=now)
            name = message_id(SOURCE, one.id)
            by_id[name] = LogMessage(fact_subject(entry), encoded(entry), name)
        if by_id:
            await self._log.append_all(list(by_id.values()))


class Orderer:
    """Places one leg's order: claimed first, told to the carrier once, settled by asking."""

    def __init__(
        self,
        client: Client,
        carrier: Carrier,
        ledger: PostLedger,
        *,
        facts: FactWriter,
        contacts: Contacts,
        clock: Clock,
        metrics: Metrics,
        copy: str,
        settle_seconds: int,
        is_first: bool = True,
    ) -> None:
        """`settle_seconds`: how long a call stands unanswered before the carrier is asked about it.

        Longer than the longest call, and counted from when this process saw it. `is_first`: a
        claim without a carrier is its own.
        """
        self._js = JetStreamContext(client)
        self._carrier = carrier
        self._ledger = ledger
        self._facts = facts
        self._contacts = contacts
        self._clock = clock
        self._metrics = metrics
        self._copy = copy
        self._settle_seconds = settle_seconds
        self._is_first = is_first
        self._sightings = Sightings(clock.monotonic)

    async def place(self, dossier: str, state: PostState, leg: LegState) -> str:
        """Do the next thing that this leg's order needs, and plan when to look again.

        Returns who has the order: another carrier's is left alone.

        Raises:
            TemporarilyUnavailable: the broker or the carrier gave no usable answer.
        """
        name = LegName(dossier, Leg(leg.leg), leg.attempt)
        standing = await self._write(name, self._claim(CLAIMED))
        if standing.verdict is Verdict.WON:
            await self._call(name, state, leg, standing.sequence, attempt=1)
            return self._carrier.name
        known = msgspec.json.decode(standing.body, type=OrderClaim)
        is_ours = known.carrier == self._carrier.name if known.carrier else self._is_first
        if not is_ours:
            return known.carrier
        await self._go_on(name, state, leg, standing, known)
        return self._carrier.name

    async def _go_on(
        self, name: LegName, state: PostState, leg: LegState, standing: Claim, known: OrderClaim
    ) -> None:
        dossier, seen = name.dossier, int(self._sightings.age(name.key, standing.sequence))
        # Another machine's clock may be off, and this one's set back; a call is settled by neither.
        age, left = max(seen, self._now() - known.at), self._settle_seconds - seen
        if known.accepted_at is not None:
            await self._say(name, state, Accepted(known.tracking_number, known.accepted_at))
        elif known.state == NotOrdered.REFUSED:
            self._trouble(dossier, NotOrdered.REFUSED.value)
        elif known.state == NotOrdered.NOT_SENT:
            wait = min(_BACK_OFF_SECONDS * 2 ** min(known.attempt, 10), _BACK_OFF_SECONDS_MAX)
            await self._again(name, state, leg, standing, known, wait - age)
        elif left > 0:
            self._ledger.plan(dossier, self._now() + left + 1)
        else:
            await self._settle(name, state, leg, standing, known, within_seconds=-left)

    async def _settle(
        self, name: LegName, state: PostState, leg: LegState, standing: Claim,
        known: OrderClaim, *, within_seconds: float,
    ) -> None:  # fmt: skip
        """Ask the carrier about a call that nobody had an answer to; never order blindly.

        A call that was given up may have reached the carrier until now less `within_seconds`.
        """
        try:
            found = await self._carrier.find(name.order_number, within_seconds=within_seconds)
        except TemporarilyUnavailable:
            self._trouble(name.dossier, NotOrdered.UNKNOWN.value)
            raise
        if found is None:
            await self._again(name, state, leg, standing, known, 0)
            return
        self._metrics.ordered(self._carrier.name, FOUND)
        await self._accept(name, state, found, standing.sequence, known.attempt)

    async def _again(
        self, name: LegName, state: PostState, leg: LegState, standing: Claim,
        known: OrderClaim, wait_seconds: int,
    ) -> None:  # fmt: skip
        """Take the claim over and call once more; of several copies only one can."""
        if wait_seconds > 0:
            self._ledger.plan(name.dossier, self._now() + wait_seconds)
            return
        attempt = known.attempt + 1
        mine = self._claim(CLAIMED, attempt)
        taken = await self._write(name, mine, standing.sequence)
        if taken.verdict is Verdict.WON:
            await self._call(name, state, leg, taken.sequence, attempt=attempt)
        else:
            self._ledger.plan(name.dossier, self._now() + self._settle_seconds)

    async def _call(
        self, name: LegName, state: PostState, leg: LegState, sequence: int, *, attempt: int
    ) -> None:
        try:
            # Between agencies no applicant's address is needed.
            of_applicant = leg.contact_ref or state.contact_ref
            contact = await self._contacts.fetch("" if leg.to_agency else of_applicant)
        except ContactGoneError:
            self._metrics.ordered(self._carrier.name, CONTACT_MISSING)
            self._trouble(name.dossier, CONTACT_MISSING)
            self._ledger.plan(name.dossier, self._now() + _CONTACT_RETRY_SECONDS)
            await self._leave(name, NotOrdered.NOT_SENT, sequence, attempt)
            return
        order = Order(name, state.agency, contact, leg.to_agency)
        answer = await self._carrier.create(order)
        if isinstance(answer, Accepted):
            self._metrics.ordered(self._carrier.name, ACCEPTED)
            await self._accept(name, state, answer, sequence, attempt)
            return
        self._metrics.ordered(self._carrier.name, answer.value)
        await self._leave(name, answer, sequence, attempt)
        if answer is NotOrdered.REFUSED:
            self._trouble(name.dossier, answer.value)
        else:
            known = self._settle_seconds if answer is NotOrdered.UNKNOWN else _BACK_OFF_SECONDS
            self._ledger.plan(name.dossier, self._now() + known + 1)

    async def _accept(
        self, name: LegName, state: PostState, accepted: Accepted, sequence: int, attempt: int
    ) -> None:
        done = msgspec.structs.replace(
            self._claim(ACCEPTED, attempt),
            tracking_number=accepted.tracking_number, accepted_at=accepted.at,
        )  # fmt: skip
        await self._write(name, done, sequence)
        await self._say(name, state, accepted)

    async def _say(self, name: LegName, state: PostState, accepted: Accepted) -> None:
        fact = order_accepted(name, state.agency, self._carrier.name, accepted)
        await self._facts.write([fact])

    async def _leave(self, name: LegName, why: NotOrdered, sequence: int, attempt: int) -> None:
        await self._write(name, self._claim(why.value, attempt), sequence)

    def _claim(self, state: str, attempt: int = 1) -> OrderClaim:
        return OrderClaim(
            by=self._copy, state=state, at=self._now(), attempt=attempt, carrier=self._carrier.name
        )

    async def _write(self, name: LegName, body: OrderClaim, sequence: int = 0) -> Claim:
        found = await claim(
            self._js, stream=POSTAL, subject=claim_subject("postal", name.key),
            body=msgspec.json.encode(body), expected_sequence=sequence,
        )  # fmt: skip
        self._sightings.age(name.key, found.sequence)  # from here on it stands
        return found

    def _trouble(self, dossier: str, reason: str) -> None:
        self._ledger.note_trouble(Trouble(dossier, reason, self._now()))

    def _now(self) -> int:
        return epoch_of(self._clock.now())
