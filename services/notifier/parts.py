"""All parts of one notifier process, without its web pages."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from nats.aio.client import Client

from services.notifier.channels.alertmanager import Alertmanager
from services.notifier.channels.opening import DEFAULT, open_channels
from services.notifier.delivery import Channel, Deliverer
from services.notifier.domain.people import Directory, People, only, people_of
from services.notifier.domain.rules import alert_rules
from services.notifier.domain.subjects import SubjectProjection
from services.notifier.handlers import Raiser
from services.notifier.ledger import SCHEMA, DossierLedger
from services.notifier.metrics import SERVICE, Metrics
from services.notifier.settings import Settings
from services.notifier.submitting import Submitter
from services.notifier.watching import Heartbeat, Showing, is_silenced
from services.notifier.writer import AlertWriter
from shared.bus.streams import ALERTS, FACTS, REJECTS
from shared.calendar import calendar_version, province_calendar
from shared.catalogue.model import load_catalogue
from shared.clock import Clock
from shared.deadlines import limits_of
from shared.desk import LiveHub
from shared.ledger.follower import Follower, Target, fetch_bodies
from shared.ledger.store import Store
from shared.observability import Page, get_logger
from shared.observability.fold_series import FoldStanding
from shared.runtime import CAUGHT_UP, CONNECTED, MOVING, Health, Watchdog

RULES: Final = Path(__file__).parents[2] / "shared" / "rules" / "alerts.toml"
TICK_SECONDS: Final = 1.0
SHOWING_SECONDS: Final = 10.0
_REDRAW_EVERY_TICKS: Final = 15
# So far behind the head a decision would be made on yesterday's state.
_LAG_MAX: Final = 2000


class Notifier:
    """The parts of one process."""

    facts: Follower
    alerts: Follower
    rejects: Follower

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Load the file, the calendar, the catalogue and the rules."""
        self.clock = clock
        self.settings = settings
        self.log = get_logger(SERVICE)
        self.catalogue = load_catalogue(settings.catalogue)
        self.agencies: Mapping[str, str] = {a.code: a.name for a in self.catalogue.agencies}
        self.rules = alert_rules((settings.rules or RULES).read_bytes())
        self.calendar = province_calendar(settings.calendar, scope=self.catalogue.province)
        self.page, self.health, self.hub = Page(), Health(), LiveHub()
        self._client: Client | None = None
        self.people = _people(settings)
        self.directory = Directory(self.people, self.catalogue.agencies)
        channels = open_channels(
            self.people, clock, beside=settings.people.parent if settings.people else Path(),
            given={DEFAULT: settings.apprise_url} if settings.apprise_url else {},
        ) if self.people.channel else {}  # fmt: skip
        self.metrics = Metrics(
            self.page, standing=self._standing, open_alerts=self._open_alerts,
            channels=(*channels, *(["alertmanager"] if settings.alertmanager_url else [])),
        )  # fmt: skip
        self.metrics.running.show_calendar(calendar_version(self.calendar))
        self.ledger = self._ledger()
        self.writer = AlertWriter(clock, uuid.uuid4().hex[:12])
        self.submitter = Submitter(settings.publisher, clock)
        self.raiser = Raiser(
            self.ledger, self.writer, self.rules, calendar=self.calendar, metrics=self.metrics,
            is_current=self.is_current, started_at=clock.now(),
        )  # fmt: skip
        self.channels = channels
        self.deliverer = self.make_deliverer(channels, self.directory) if channels else None
        self.showing, self.heartbeat = self._showing(), self._heartbeat()
        self.watchdogs: tuple[Watchdog, ...] = ()

    def _ledger(self) -> DossierLedger:
        fields = {one.code: one.field for one in self.catalogue.procedures}
        projection = SubjectProjection(self.calendar, limits_of(self.catalogue), fields=fields)
        path = self.settings.data / f"{SERVICE}.db"
        store = Store(path, version=projection.version, schema=SCHEMA)
        return DossierLedger(
            store, projection, self._fetch, now=self.clock.now, count=self.metrics.fold.count
        )

    def make_deliverer(self, channels: Mapping[str, Channel], directory: Directory) -> Deliverer:
        """Tell these people on these channels."""
        return Deliverer(
            self.ledger.book, self.writer, channels, directory, self.rules,
            calendar=self.calendar, clock=self.clock, metrics=self.metrics, log=self.log,
            agencies=self.agencies, desk_url=self.settings.desk_url,
        )  # fmt: skip

    def _showing(self) -> Showing | None:
        if not self.settings.alertmanager_url:
            return None
        book = self.ledger.book
        channel = Alertmanager(
            self.settings.alertmanager_url, self.rules, self.agencies,
            is_silenced=is_silenced(book), desk_url=self.settings.desk_url,
        )  # fmt: skip
        return Showing(book, self.writer, channel, clock=self.clock, metrics=self.metrics)

    def _heartbeat(self) -> Heartbeat | None:
        if not self.settings.heartbeat_url:
            return None
        return Heartbeat(self.settings.heartbeat_url, clock=self.clock, is_current=self.is_current)

    def connect(self, client: Client) -> None:
        """Go on with this connection."""
        self._client = client
        self.writer.connect(client)
        self.submitter.connect(client)
        clock = self.clock
        self.facts = Follower(client, self.ledger, service=SERVICE, clock=clock)
        self.alerts = Follower(
            client, self.ledger.book, service=SERVICE, clock=clock, stream=ALERTS
        )
        self.rejects = Follower(
            client, self.ledger.refused, service=SERVICE, clock=clock, stream=REJECTS,
            expires=True,
        )  # fmt: skip
        self.watchdogs = (
            self._watchdog(self.facts, self.ledger, FACTS),
            self._watchdog(self.alerts, self.ledger.book, ALERTS),
            self._watchdog(self.rejects, self.ledger.refused, REJECTS),
        )
        self.health.watch(
            CONNECTED, lambda: "" if client.is_connected else "no connection to the broker"
        )
        self.health.watch(CAUGHT_UP, self._why_not)

    def is_current(self) -> bool:
        """Whether the logs are read to their heads: nothing is decided before."""
        return (
            self._client is not None
            and self.facts.caught_up
            and self.alerts.caught_up
            and self.rejects.caught_up
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
            await asyncio.sleep(self.settings.delivery_seconds)

    async def run_showing(self) -> None:
        """Keep Alertmanager and the watcher of the watcher informed, where there are any."""
        while True:
            if self.showing is not None and self.is_current():
                await self.showing.round()
            if self.heartbeat is not None:
                await self.heartbeat.beat()
            await asyncio.sleep(SHOWING_SECONDS)

    async def _fetch(self, sequences: Sequence[int]) -> dict[int, bytes]:
        assert self._client is not None  # noqa: S101 - only the follower folds, over it
        return await fetch_bodies(self._client, FACTS, sequences)

    def _why_not(self) -> str:
        logs = (self.facts, self.alerts, self.rejects)
        if any(log.halted for log in logs):
            return "a log has a gap"
        return "" if all(log.caught_up for log in logs) else "reading the logs"

    def _standing(self) -> FoldStanding:
        position = self.ledger.position
        lag = self.facts.lag_count if self._client else 0
        return FoldStanding(
            position.sequence, max(lag, 0), position.rewinds, self.ledger.fold.as_of
        )

    def _open_alerts(self) -> Mapping[tuple[str, ...], int]:
        # Half-read logs give half numbers: none is better.
        return {} if self._client is None or self._why_not() else self.ledger.book.counts

    def _watchdog(self, follower: Follower, target: Target, stream: str) -> Watchdog:
        return Watchdog(
            clock=self.clock, pending=follower.behind_count, health=self.health,
            progress=lambda: target.position.sequence, condition=f"{MOVING} {stream}",
        )  # fmt: skip


def _people(settings: Settings) -> People:
    """Who is told; without a file all goes to one address, without an address nobody is."""
    if settings.people is not None:
        return people_of(settings.people.read_bytes())
    if settings.apprise_url:
        return only(DEFAULT)
    return People(schema=1, person=())
