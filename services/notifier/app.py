"""All wiring of the notifier in one visible place."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from faststream.nats import NatsBroker
from litestar import Litestar
from nats.aio.client import Client

from services.notifier.api import make_api
from services.notifier.channels.apprise_urls import AppriseChannel
from services.notifier.delivery import Deliverer
from services.notifier.desk import FLASHES, Desk, make_desk
from services.notifier.domain.dossiers import DossierProjection
from services.notifier.domain.rules import alert_rules
from services.notifier.handlers import AlertWriter, Raiser
from services.notifier.ledger import SCHEMA, DossierLedger
from services.notifier.metrics import SERVICE, Metrics
from services.notifier.settings import Settings
from shared.bus.broker import connected
from shared.bus.streams import ALERTS, FACTS
from shared.calendar import load_calendar
from shared.catalogue.model import load_catalogue
from shared.clock import Clock, SystemClock
from shared.deadlines import limits_of
from shared.desk import LiveHub, Pages, links_named, make_live_handler
from shared.ledger.follower import Follower, fetch_bodies
from shared.ledger.store import Store
from shared.observability import Page, get_logger, make_endpoints
from shared.observability.fold_series import FoldStanding
from shared.runtime import (
    CAUGHT_UP,
    CONNECTED,
    Background,
    ExitCode,
    Health,
    Watchdog,
    make_web,
    run_process,
    settle_memory,
)

_HERE: Final = Path(__file__).parent
_RULES: Final = _HERE.parents[1] / "shared" / "rules" / "alerts.toml"
TICK_SECONDS: Final = 1.0
_REDRAW_EVERY_TICKS: Final = 15
# So far behind the head a decision would be made on yesterday's state.
_LAG_MAX: Final = 2000


async def main(settings: Settings) -> ExitCode:
    """Run until told to stop; the exit code says why it ended."""
    clock = SystemClock()
    return await run_process(
        SERVICE,
        settings,
        lambda broker, background, _: make_app(
            settings, clock=clock, broker=broker, background=background
        ),
    )


def make_app(
    settings: Settings, *, clock: Clock, broker: NatsBroker, background: Background
) -> Litestar:
    """The whole service; nothing is read or written before its lifespan begins."""
    parts = Notifier(settings, clock)
    pages = Pages(
        service=SERVICE, templates=_HERE / "templates", links=links_named(settings.desks),
        clock=clock, flashes=FLASHES,
    )  # fmt: skip
    desk = Desk(parts.ledger, parts.rules, pages, parts.writer, parts.agencies)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        client = await connected(broker)
        parts.connect(client)
        settle_memory()
        async with background:
            background.start("facts", parts.facts.run())
            background.start("alerts", parts.alerts.run())
            background.start("ticking", parts.run_ticks())
            background.start("telling", parts.run_rounds())
            background.start("watchdog", parts.watchdog.run())
            yield
        await broker.stop()

    handlers = [
        *make_endpoints(parts.page, parts.health), make_live_handler(parts.hub),
        *make_desk(desk), *make_api(parts.ledger.book),
    ]  # fmt: skip
    return make_web(
        handlers, title="Một Cửa: notifier", log=parts.log, pages=pages, lifespan=[lifespan],
        before_stop=[parts.hub.close],
    )  # fmt: skip


class Notifier:
    """The parts of one process."""

    facts: Follower
    alerts: Follower

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Load the file, the calendar, the catalogue and the rules."""
        self.clock = clock
        self.log = get_logger(SERVICE)
        catalogue = load_catalogue(settings.catalogue)
        self.agencies: Mapping[str, str] = {a.code: a.name for a in catalogue.agencies}
        self.rules = alert_rules(_RULES.read_bytes())
        calendar = load_calendar()
        projection = DossierProjection(calendar, limits_of(catalogue))
        self.page, self.health, self.hub = Page(), Health(), LiveHub()
        self._client: Client | None = None
        channel = AppriseChannel(settings.apprise_url, clock) if settings.apprise_url else None
        self.metrics = Metrics(
            self.page, standing=self._standing, open_alerts=self._open_alerts,
            channels=(channel.name,) if channel else (),
        )  # fmt: skip
        path = settings.data / f"{SERVICE}.db"
        store = Store(path, version=projection.version, schema=SCHEMA)
        self.ledger = DossierLedger(
            store, projection, self._fetch, now=clock.now, count=self.metrics.fold.count
        )
        self.writer = AlertWriter(clock, uuid.uuid4().hex[:12])
        self.raiser = Raiser(
            self.ledger, self.writer, self.rules, calendar=calendar, metrics=self.metrics,
            is_current=self.is_current,
        )  # fmt: skip
        self.deliverer = None if channel is None else Deliverer(
            self.ledger.book, self.writer, channel, self.rules, clock=clock,
            metrics=self.metrics, log=self.log, agencies=self.agencies,
            interval_seconds=settings.delivery_seconds,
        )  # fmt: skip
        self._delivery_seconds = settings.delivery_seconds
        self.watchdog = Watchdog(
            clock=clock, pending=self._pending, progress=self._progress, health=self.health
        )

    def connect(self, client: Client) -> None:
        """Go on with this connection."""
        self._client = client
        self.writer.connect(client)
        clock = self.clock
        self.facts = Follower(client, self.ledger, service=SERVICE, clock=clock)
        self.alerts = Follower(
            client, self.ledger.book, service=SERVICE, clock=clock, stream=ALERTS
        )
        self.health.watch(
            CONNECTED, lambda: "" if client.is_connected else "no connection to the broker"
        )
        self.health.watch(CAUGHT_UP, self._why_not)

    def is_current(self) -> bool:
        """Whether both logs are read to their heads: nothing is decided before."""
        return (
            self._client is not None
            and self.facts.caught_up
            and self.alerts.caught_up
            and self.facts.lag_count < _LAG_MAX
        )

    async def run_ticks(self) -> None:
        """Let time pass, second by second, and keep the open pages current."""
        ticks = 0
        while True:
            before = self.ledger.book.position.sequence
            await self.raiser.on_tick(self.clock.now())
            ticks += 1
            if self.ledger.book.position.sequence != before or not ticks % _REDRAW_EVERY_TICKS:
                self.hub.publish("alerts")
            await asyncio.sleep(TICK_SECONDS)

    async def run_rounds(self) -> None:
        """Tell people, a message a round; without a channel there is nothing to do."""
        while True:
            if self.deliverer is not None and self.is_current():
                await self.deliverer.round()
            await asyncio.sleep(self._delivery_seconds)

    async def _fetch(self, sequences: Sequence[int]) -> dict[int, bytes]:
        assert self._client is not None  # noqa: S101 - only the follower folds, over it
        return await fetch_bodies(self._client, FACTS, sequences)

    def _why_not(self) -> str:
        if self.facts.halted or self.alerts.halted:
            return "a log has a gap"
        return "" if self.facts.caught_up and self.alerts.caught_up else "reading the logs"

    def _standing(self) -> FoldStanding:
        position = self.ledger.position
        lag = self.facts.lag_count if self._client else 0
        return FoldStanding(
            position.sequence, max(lag, 0), position.rewinds, self.ledger.fold.as_of
        )

    def _open_alerts(self) -> Mapping[tuple[str, ...], int]:
        # Half-read logs give half numbers: none is better.
        return {} if self._client is None or self._why_not() else self.ledger.book.counts

    async def _pending(self) -> int | None:
        return None if self._client is None else await self.facts.behind_count()

    def _progress(self) -> int:
        return self.ledger.position.sequence
