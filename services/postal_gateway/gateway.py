"""The parts of one gateway process, and what it does over and over."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from nats.aio.client import Client

from services.postal_gateway.choosing import Orders, open_carriers
from services.postal_gateway.contacts import Contacts
from services.postal_gateway.desk_writing import DeskWriter
from services.postal_gateway.domain.limits import Limits, limits_in, shipped
from services.postal_gateway.domain.orders import leg_of
from services.postal_gateway.domain.parcels import PostProjection
from services.postal_gateway.figures import figures_of
from services.postal_gateway.handlers import Gateway
from services.postal_gateway.ledger import SCHEMA, PostLedger
from services.postal_gateway.metrics import SERVICE, Figures, Metrics
from services.postal_gateway.ordering import Carrier, FactWriter, Orderer
from services.postal_gateway.reconciler import Reconciler
from services.postal_gateway.settings import Settings
from services.postal_gateway.tracking import Tracker
from services.postal_gateway.webhooks import Webhooks
from shared.bus.streams import FACTS
from shared.calendar import calendar_version, province_calendar
from shared.catalogue.model import load_catalogue
from shared.clock import Clock
from shared.desk import LiveHub
from shared.errors import TemporarilyUnavailable
from shared.events.contact import Contact
from shared.ledger.follower import Follower, fetch_bodies
from shared.ledger.store import Store
from shared.observability import Labels, Page, get_logger
from shared.observability.fold_series import FoldStanding
from shared.runtime import (
    CAUGHT_UP,
    CONNECTED,
    Health,
    Setting,
    SettingsError,
    Watchdog,
)

TICK_SECONDS: Final = 1.0
# While more waits than is done at once.
_BUSY_SECONDS: Final = 0.02
_REDRAW_EVERY_TICKS: Final = 15
_FIGURES_EVERY_TICKS: Final = 30
# So far behind the head a decision would be made on yesterday's state.
_LAG_MAX: Final = 2000


class PostalGateway:
    """The parts of one process."""

    facts: Follower
    gateway: Gateway
    trackers: tuple[Tracker, ...]
    reconciler: Reconciler

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Load the file and the catalogue."""
        self.clock, self.settings = clock, settings
        self.log = get_logger(SERVICE)
        catalogue = load_catalogue(settings.catalogue)
        self.agencies: Mapping[str, str] = {a.code: a.name for a in catalogue.agencies}
        self.procedure_count = len(catalogue.procedures)
        self.page, self.health, self.hub = Page(), Health(), LiveHub()
        self._client: Client | None = None
        self._contacts: Contacts | None = None
        self.carriers = open_carriers(settings, clock)
        self.calendar = province_calendar(settings.calendar, scope=catalogue.province)
        self.limits = _limits(settings.limits)
        self._figures: Figures | None = None
        self.metrics = Metrics(
            self.page, standing=self._standing, counters=self._counters,
            carriers=self.carriers.names, figures=lambda: self._figures,
        )  # fmt: skip
        self.metrics.running.show_calendar(calendar_version(self.calendar))
        projection = PostProjection()
        path = settings.data / f"{SERVICE}.db"
        store = Store(path, version=projection.version, schema=SCHEMA)
        self.ledger = PostLedger(
            store, projection, self._fetch, now=clock.now, count=self.metrics.fold.count
        )
        self.writer = DeskWriter(self.ledger, clock)
        self._copy = uuid.uuid4().hex[:12]
        self.webhooks = Webhooks(
            self.ledger, self.metrics, clock=clock, secrets=settings.webhook_secrets,
            is_signing=settings.webhook_proof == "signature", is_current=self.is_current,
            copy=self._copy,
        )  # fmt: skip
        self.watchdog = Watchdog(
            clock=clock, pending=self._pending, progress=self._progress, health=self.health
        )

    def connect(self, client: Client) -> None:
        """Go on with this connection."""
        self._client = client
        self._contacts = Contacts(client)
        clock, ledger, carriers = self.clock, self.ledger, self.carriers.all
        self.facts = Follower(client, ledger, service=SERVICE, clock=clock)
        writer = FactWriter(client, clock)
        orderers = {one.name: self._orderer(client, one, writer) for one in carriers}
        orders = Orders(self.carriers, orderers, ledger, clock) if orderers else None
        self.webhooks.connect(client)
        self.writer.connect(writer, client.jetstream())
        self.gateway = Gateway(ledger, writer, orders, is_current=self.is_current)
        self.trackers = tuple(
            Tracker(one, ledger, writer, clock=clock, metrics=self.metrics, log=self.log)
            for one in carriers
        )
        self.reconciler = Reconciler(
            carriers, ledger, writer, clock=clock, metrics=self.metrics, log=self.log
        )
        self.health.watch(
            CONNECTED, lambda: "" if client.is_connected else "no connection to the broker"
        )
        self.health.watch(CAUGHT_UP, self._why_not)

    def _orderer(self, client: Client, carrier: Carrier, writer: FactWriter) -> Orderer:
        assert self._contacts is not None  # noqa: S101 - connect came first
        return Orderer(
            client, carrier, self.ledger, facts=writer, contacts=self._contacts, clock=self.clock,
            metrics=self.metrics, copy=self._copy, settle_seconds=self.settings.settle_seconds,
            is_first=carrier is self.carriers.all[0],
        )  # fmt: skip

    async def close(self) -> None:
        """Give up what is under way and the carriers' connections."""
        await self.gateway.close()
        for carrier in self.carriers.all:
            await carrier.close()

    def is_current(self) -> bool:
        """Whether the log is read to its head: nothing is decided before."""
        return self._client is not None and self.facts.caught_up and self.facts.lag_count < _LAG_MAX

    async def run_ticks(self) -> None:
        """Let time pass; what waits is begun at once, the rest is done every second."""
        ticks, shown, next_second = 0, -1, 0.0
        while True:
            await self.gateway.on_tick(self.clock.now())
            if self.clock.monotonic() >= next_second:
                next_second = self.clock.monotonic() + TICK_SECONDS
                ticks += 1
                await self.erase()
                self._work_out(ticks)
                if self._progress() != shown or not ticks % _REDRAW_EVERY_TICKS:
                    shown = self._progress()
                    self.hub.publish("parcels")
            await asyncio.sleep(_BUSY_SECONDS if self.ledger.waiting else TICK_SECONDS)

    def _work_out(self, ticks: int) -> None:
        if ticks % _FIGURES_EVERY_TICKS == 1 and self.is_current():
            self._figures = figures_of(
                self.ledger, self.calendar, self.clock.now(), agencies=self.agencies,
                procedures=self.procedure_count, limits=self.limits,
            )  # fmt: skip

    async def run_tracking(self) -> None:
        """Read the carriers' pages; without a carrier there is nothing to do."""
        while True:
            for tracker in self.trackers if self.is_current() else ():
                await tracker.poll()
            await asyncio.sleep(self.settings.poll_seconds)

    async def run_reconciling(self) -> None:
        """Compare records when a comparison is due, over restarts as well."""
        while True:
            every = self.settings.statement_seconds
            if self.is_current() and self.reconciler.is_due(every):
                await self.reconciler.compare()
            await asyncio.sleep(min(every, 60.0))

    async def erase(self) -> None:
        """Delete the contacts of what was delivered; what fails is tried at the next tick."""
        assert self._contacts is not None  # noqa: S101 - connect came first
        for reference in self.ledger.to_be_erased():
            try:
                await self._contacts.erase(reference)
            except TemporarilyUnavailable:
                return
            self.ledger.erased(reference)

    async def fetch_contact(self, reference: str) -> Contact | None:
        """The address, for one page."""
        assert self._contacts is not None  # noqa: S101 - connect came first
        return await self._contacts.fetch(reference)

    async def erase_contact(self, reference: str) -> None:
        """Delete the address now."""
        assert self._contacts is not None  # noqa: S101 - connect came first
        await self._contacts.erase(reference)

    async def cancel(self, order_number: str) -> None:
        """Take an order back at its carrier, where there is one."""
        name = leg_of(order_number)
        found = self.ledger.leg_of(name.dossier, name.leg.value, name.attempt)
        carrier = self.carriers.named(found[1].carrier) if found else None
        if carrier is not None:
            await carrier.cancel(order_number)

    async def _fetch(self, sequences: Sequence[int]) -> dict[int, bytes]:
        assert self._client is not None  # noqa: S101 - only the follower folds, over it
        return await fetch_bodies(self._client, FACTS, sequences)

    def _why_not(self) -> str:
        if self.facts.halted:
            return "the log has a gap"
        return "" if self.facts.caught_up else "reading the log"

    def _standing(self) -> FoldStanding:
        position = self.ledger.position
        lag = self.facts.lag_count if self._client else 0
        as_of = self.ledger.fold.as_of
        return FoldStanding(position.sequence, max(lag, 0), position.rewinds, as_of)

    def _counters(self) -> Mapping[Labels, int]:
        # A half-read log gives half numbers: none is better.
        return {} if self._client is None or self._why_not() else self.ledger.fold.counters.values

    async def _pending(self) -> int | None:
        return None if self._client is None else await self.facts.behind_count()

    def _progress(self) -> int:
        return self.ledger.position.sequence


def _limits(path: Path | None) -> tuple[Limits, ...]:
    if path is None:
        return shipped()
    try:
        return limits_in(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError([Setting("MOTCUA_LIMITS", str(path), SERVICE, str(error))]) from None
