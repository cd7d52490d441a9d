"""All wiring of scoring in one visible place."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from faststream.nats import NatsBroker
from litestar import Litestar
from nats.aio.client import Client

from shared.bus.broker import connected
from shared.bus.streams import FACTS
from shared.bus.subjects import shard_filter
from shared.calendar import calendar_version, civil_day, province_table
from shared.catalogue.model import Catalogue, load_catalogue
from shared.clock import Clock, SystemClock
from shared.desk import LiveHub, Pages, links_named, make_live_handler
from shared.ledger.fold import Fold
from shared.ledger.follower import Follower, fetch_bodies
from shared.ledger.store import Store
from shared.login import Gate, make_login
from shared.observability import Page, get_logger, make_endpoints
from shared.observability.fold_series import FoldStanding
from shared.rules.targets import chosen
from shared.rules.targets import plans as plans_known
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

from .api import make_api
from .board import Boards
from .calendar_desk import make_calendar_desk
from .calendar_preview import make_calendar_preview
from .closing import Closing, ClosingRules
from .crossing import CrossingRules, Crossings
from .desk import make_desk
from .domain.rules import Rules
from .handlers import SCHEMA, Scoring
from .handling_desk import make_handling_desk
from .ledger import ScoringProjection, State, load_rules, version_of
from .metrics import SERVICE, Metrics
from .petition_desk import make_petition_desk
from .publications import Publications
from .reading import Reading
from .report_reading import ReportReading
from .reports import FLASHES, make_reports
from .score_api import make_score_api
from .score_desk import make_score_desk
from .score_reading import ScoreReading
from .seat_desk import make_seat_desk
from .settings import Settings

_HERE: Final = Path(__file__).parent
BOARD_REGION: Final = "board"
_SETTLE_SECONDS: Final = 30.0


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
    """The whole service; nothing is read from the log before its lifespan begins."""
    parts = Parts(settings, clock)
    gate = Gate(settings, clock=clock, log=parts.log)
    pages = Pages(
        service=SERVICE, templates=_HERE / "templates", links=links_named(settings.desks),
        clock=clock, flashes=FLASHES, who=gate.visitor,
    )  # fmt: skip

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        parts.connect(await connected(broker))
        settle_memory()
        async with background:
            background.start("follower", parts.follower.run())
            background.start("ticks", parts.scoring.run_ticks())
            background.start("watchdog", parts.watchdog.run())
            background.start("closing", parts.closing.run())
            background.start("crossings", parts.crossings.run())
            yield
        await broker.stop()
        parts.close()

    handlers = [
        *make_endpoints(parts.page, parts.health), make_live_handler(parts.hub),
        *make_login(gate, pages),
        *make_api(parts.reading, parts.scores), *make_score_api(parts.scores),
        *make_reports(parts.reports, parts.closing, pages, settings.close_grace_working_days),
        *make_score_desk(parts.scores, pages), *make_seat_desk(parts.scores, pages),
        *make_calendar_preview(parts.reading),
        *make_calendar_desk(parts.reading, pages, parts.calendar_table),
        *make_petition_desk(parts.reading, pages), *make_handling_desk(parts.scores, pages),
        *make_desk(parts.reading, Boards(parts.reading), parts.scores, pages),
    ]  # fmt: skip
    return make_web(
        handlers, title="Một Cửa: scoring", log=parts.log, pages=pages, lifespan=[lifespan],
        before_stop=[parts.hub.close], gate=gate,
    )  # fmt: skip


class Parts:
    """The parts of one process."""

    follower: Follower

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Load calendar, catalogue and the service's file."""
        self.log = get_logger(SERVICE)
        self.page, self.health, self.hub = Page(), Health(), LiveHub()
        self._clock = clock
        self._client: Client | None = None
        self._filters = [one for subject in settings.subjects for one in shard_filter(subject)]
        catalogue = _catalogue(settings)
        self.calendar_table = province_table(settings.calendar, scope=catalogue.province)
        rules = load_rules(self.calendar_table.calendar(catalogue.province), catalogue)
        projection = ScoringProjection(rules, version_of(rules, self._filters))
        path = settings.data / f"{SERVICE}.db"
        self._store = Store(path, version=projection.version, schema=SCHEMA)
        fold: Fold[State] = Fold(projection, self._store, self._fetch)
        metrics = self._make_metrics(settings, catalogue, rules)
        plans = chosen(settings.plans) if settings.plans else plans_known().values()
        today = lambda: settings.plans_on or civil_day(clock.now())  # noqa: E731 - for one reader
        show_rules = metrics.scores.keep_rules(plans, today)
        self.scoring = Scoring(
            fold, self._store, projection, metrics, catalogue=catalogue, clock=clock,
            on_change=lambda: self.hub.publish(BOARD_REGION),
        )  # fmt: skip
        self.page.before_render(show_rules)
        self.page.before_render(self.scoring.refresh_metrics)
        self.reading = Reading(self.scoring, catalogue, path=path, fetch=self._fetch)
        self.scores = ScoreReading(self.reading, tuple(plans), settings.plans_on)
        publications = Publications(
            self.scoring, self._store, self.scores.place(), tuple(plans_known().values()),
            self._connection,
        )  # fmt: skip
        self.reports = ReportReading(self.reading, publications, tuple(plans), settings.plans_on)
        self.closing = Closing(
            publications, self._closing_rules(settings), clock=clock, log=self.log
        )
        self.crossings = self._make_crossings(settings)
        self.watchdog = Watchdog(
            clock=clock, pending=self._pending, health=self.health,
            progress=lambda: self.scoring.position.sequence,
        )  # fmt: skip

    def connect(self, client: Client) -> None:
        """Follow the log over this connection."""
        self._client = client
        self.follower = Follower(
            client, self.scoring, service=SERVICE, clock=self._clock, filters=self._filters
        )
        self.scoring.following = self.follower
        self.health.watch(
            CONNECTED, lambda: "" if client.is_connected else "no connection to the broker"
        )
        self.health.watch(CAUGHT_UP, self._why_not)

    def close(self) -> None:
        """Keep what is folded, and let go of the file."""
        self.scoring.commit()
        self._store.close()

    def _make_metrics(self, settings: Settings, catalogue: Catalogue, rules: Rules) -> Metrics:
        metrics = Metrics(self.page, catalogue, standing=self._standing)
        metrics.show_desks(settings.desks)
        metrics.running.show_calendar(calendar_version(rules.calendar))
        return metrics

    def _standing(self) -> FoldStanding:
        return self.scoring.standing()

    def _make_crossings(self, settings: Settings) -> Crossings:
        rules = CrossingRules(
            settle_seconds=min(_SETTLE_SECONDS, settings.correct_every_seconds),
            is_whole=not self._filters,
        )
        return Crossings(
            self.scoring, self.scores, rules, clock=self._clock, log=self.log,
            client=self._connection,
        )  # fmt: skip

    def _closing_rules(self, settings: Settings) -> ClosingRules:
        return ClosingRules(
            grace_working_days=settings.close_grace_working_days,
            correct_every_seconds=settings.correct_every_seconds,
            is_whole=not self._filters,
        )

    def _connection(self) -> Client:
        assert self._client is not None  # noqa: S101 - nothing is folded before the connection
        return self._client

    async def _fetch(self, sequences: Sequence[int]) -> dict[int, bytes]:
        return await fetch_bodies(self._connection(), FACTS, sequences)

    def _why_not(self) -> str:
        if self.follower.halted:
            return "the log has a gap"
        return "" if self.follower.caught_up else "reading the log"

    async def _pending(self) -> int | None:
        client = self._client
        if client is None or not client.is_connected:
            return None
        if self.follower.halted:
            return 0  # a hole in the log is not our stall: a person has to mend it
        if self._filters:
            return self.follower.lag_count
        return await self.follower.behind_count()


def _catalogue(settings: Settings) -> Catalogue:
    """A shard reads a part of the log: who was named elsewhere it cannot tell."""
    catalogue = load_catalogue(settings.catalogue)
    return catalogue.without_desks() if settings.subjects else catalogue
