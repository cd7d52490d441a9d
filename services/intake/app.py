"""Intake put together: what exists, what it listens on, what runs beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from faststream.nats import NatsBroker
from litestar import Litestar
from nats.aio.client import Client

from shared.bus.broker import connected
from shared.bus.streams import FACTS, REJECTS
from shared.clock import Clock, SystemClock
from shared.desk import DeskLinks, Pages, links_from_base, links_named, make_live_handler
from shared.ledger.follower import Follower, Target
from shared.login import Gate, make_login
from shared.observability import ServiceLog, make_endpoints
from shared.runtime import (
    CAUGHT_UP,
    CONNECTED,
    MOVING,
    Background,
    ExitCode,
    Health,
    Lifespan,
    Watchdog,
    make_web,
    run_process,
    settle_memory,
)

from .desk import FLASHES, Desk, make_desk
from .desk_rejects import RejectDesk
from .documents import COMPONENTS
from .echoes import Echoes
from .gauges import show_numbers
from .inbox import Inboxes
from .limits import RateLimits
from .metrics import SERVICE
from .parts import Parts
from .reject_work import RejectWork
from .rejects_api import make_rejects_api
from .requests import QUEUE, SUBJECT, Requests
from .settings import Settings
from .web import (
    BODY_BYTES_MAX,
    Door,
    make_events_handler,
    make_national_handler,
    make_report_handler,
)

BREAKER: Final = "breaker"
_BASE_PORT: Final = 8400


async def main(settings: Settings) -> ExitCode:
    """Run intake until it is told to stop, or must."""
    clock = SystemClock()
    return await run_process(
        SERVICE,
        settings,
        lambda broker, background, log: make_app(
            settings, clock=clock, broker=broker, background=background, log=log
        ),
    )


def make_app(
    settings: Settings,
    *,
    clock: Clock,
    broker: NatsBroker,
    background: Background,
    log: ServiceLog,
) -> Litestar:
    """Return the application; `serve` runs it."""
    parts = Parts(settings, clock=clock, log=log)
    health = Health((CONNECTED, CAUGHT_UP))
    health.watch(CONNECTED, lambda: "" if parts.wire.is_connected else "broker is away")
    health.watch(CAUGHT_UP, parts.why_behind)
    health.watch(BREAKER, parts.breaker.why_open)
    echoes = Echoes()

    # Subscriptions: requests on in.<publisher>.<type>, and below each INBOX_<publisher>.
    requests = Requests(parts.intake, parts.registry, echoes, log)
    broker.subscriber(SUBJECT, queue=QUEUE, no_reply=True)(requests.on_message)

    lifespan = _lifespan(parts, health, broker=broker, background=background, echoes=echoes)
    return make_pages(parts, settings, health, lifespan=lifespan)


def _lifespan(
    parts: Parts, health: Health, *, broker: NatsBroker, background: Background, echoes: Echoes
) -> Lifespan:
    """From the connection to the last commit: what runs beside the pages."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        client = await connected(broker)
        parts.wire.use(client)
        parts.followers = followers = _followers(parts, client)
        watched: tuple[tuple[str, Target], ...] = ((FACTS, parts.facts), (REJECTS, parts.rejects))
        inboxes = Inboxes(
            client, intake=parts.intake, registry=parts.registry, echoes=echoes,
            breaker=parts.breaker, metrics=parts.metrics, log=parts.log,
        )  # fmt: skip
        async with background:
            for follower, stream in zip(followers, (FACTS, REJECTS), strict=True):
                background.start(f"follower {stream}", follower.run())
            background.start("recorder", parts.recorder.run())
            background.start("inboxes", inboxes.run())
            background.start("expiry", parts.expiry.run())
            for follower, (stream, target) in zip(followers, watched, strict=True):
                watchdog = _watchdog(parts, follower, target, health, stream)
                background.start(f"watchdog {stream}", watchdog.run())
            await broker.start()
            settle_memory()
            yield
        # After the tasks: a connection closed under them would look like a lost one.
        await broker.stop()
        parts.facts.save()
        parts.store.close()

    return lifespan


def _followers(parts: Parts, client: Client) -> list[Follower]:
    """Of FACTS and of REJECTS, which forgets what is too old (docs/adr/0015)."""
    return [
        Follower(
            client, target, service=SERVICE, clock=parts.clock, stream=stream,
            expires=stream == REJECTS,
        )
        for stream, target in ((FACTS, parts.facts), (REJECTS, parts.rejects))
    ]  # fmt: skip


def make_pages(parts: Parts, settings: Settings, health: Health, *, lifespan: Lifespan) -> Litestar:
    """Return the web application around the parts."""
    gate = Gate(settings, clock=parts.clock, log=parts.log)
    pages = Pages(
        service=SERVICE, templates=Path(__file__).parent / "templates", links=_links(settings),
        clock=parts.clock, flashes=FLASHES, who=gate.visitor,
    )  # fmt: skip
    door = Door(parts.registry, RateLimits(parts.clock), parts.metrics, parts.clock)
    desk = Desk(pages, parts.rejects, parts.book, parts.unknown, parts.registry, parts.catalogue,
                parts.clock)  # fmt: skip
    show_numbers(parts, desk)
    work = RejectWork(
        parts.rejects, registry=parts.registry, intake=parts.intake, national=parts.national,
        wire=parts.wire, seal=parts.seal, clock=parts.clock,
    )  # fmt: skip
    app = make_web(
        [
            *make_endpoints(parts.page, health),
            make_live_handler(parts.hub),
            *make_login(gate, pages),
            make_events_handler(parts.intake, door),
            make_national_handler(parts.national, door),
            make_report_handler(parts.registry, door, parts.book, parts.rejects, parts.clock),
            *make_desk(desk),
            *RejectDesk(desk, work).handlers(),
            *make_rejects_api(parts.rejects, work),
        ],
        title="Một Cửa: tiếp nhận sự kiện",
        description="Nơi các hệ thống gửi sự kiện hồ sơ. Trang đọc được: /docs.",
        log=parts.log,
        pages=pages,
        lifespan=[lifespan],
        before_stop=[parts.hub.close],
        request_body_bytes_max=BODY_BYTES_MAX,
        gate=gate,
    )
    if app.openapi_config is not None:
        app.openapi_config.components = COMPONENTS
    return app


def _watchdog(
    parts: Parts, follower: Follower, target: Target, health: Health, stream: str
) -> Watchdog:
    return Watchdog(
        clock=parts.clock, pending=follower.behind_count, health=health,
        progress=lambda: target.position.sequence, condition=f"{MOVING} {stream}",
    )  # fmt: skip


def _links(settings: Settings) -> DeskLinks:
    if not settings.desks:
        return links_from_base(_BASE_PORT)
    return links_named(settings.desks)
