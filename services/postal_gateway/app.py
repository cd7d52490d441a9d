"""All wiring of the gateway in one visible place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from faststream.nats import NatsBroker
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from services.postal_gateway.api import make_api
from services.postal_gateway.books_desk import BooksDesk, make_books_desk
from services.postal_gateway.bundle_desk import FLASHES as BUNDLE_FLASHES
from services.postal_gateway.bundle_desk import BundleDesk
from services.postal_gateway.bundle_routes import make_bundle_desk
from services.postal_gateway.desk import Desk, make_desk
from services.postal_gateway.dossier_desk import FLASHES as DOSSIER_FLASHES
from services.postal_gateway.dossier_desk import DossierDesk, make_dossier_desk
from services.postal_gateway.gateway import PostalGateway
from services.postal_gateway.metrics import SERVICE
from services.postal_gateway.settings import Settings
from services.postal_gateway.webhooks import make_webhooks
from shared.bus.broker import connected
from shared.clock import Clock, SystemClock
from shared.desk import Pages, links_named, make_live_handler
from shared.login import Gate, make_login
from shared.observability import make_endpoints
from shared.runtime import (
    Background,
    ExitCode,
    make_web,
    run_process,
    settle_memory,
)

_HERE: Final = Path(__file__).parent


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
    parts = PostalGateway(settings, clock)
    gate = Gate(settings, clock=clock, log=parts.log)
    pages = Pages(
        service=SERVICE, templates=_HERE / "templates", links=links_named(settings.desks),
        clock=clock, flashes={**BUNDLE_FLASHES, **DOSSIER_FLASHES}, who=gate.visitor,
    )  # fmt: skip

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        parts.connect(await connected(broker))
        settle_memory()
        async with background:
            background.start("facts", parts.facts.run())
            background.start("ticking", parts.run_ticks())
            background.start("tracking", parts.run_tracking())
            background.start("reconciling", parts.run_reconciling())
            background.start("watchdog", parts.watchdog.run())
            yield
        await parts.close()
        await broker.stop()

    handlers = [
        *make_endpoints(parts.page, parts.health), make_live_handler(parts.hub),
        *make_login(gate, pages),
        *_desks(parts, pages), *make_api(parts.ledger), *make_webhooks(parts.webhooks),
    ]  # fmt: skip
    return make_web(
        handlers, title="Một Cửa: postal_gateway", log=parts.log, pages=pages,
        lifespan=[lifespan], before_stop=[parts.hub.close], gate=gate,
    )  # fmt: skip


def _desks(parts: PostalGateway, pages: Pages) -> list[HTTPRouteHandler]:
    """Every page for people."""
    ledger, writer, calendar = parts.ledger, parts.writer, parts.calendar
    desk = Desk(ledger, pages, parts.agencies, carrier_of=parts.carriers.name_for)
    return [
        *make_desk(desk),
        *make_bundle_desk(BundleDesk(desk, ledger, pages, writer)),
        *make_dossier_desk(
            DossierDesk(
                desk, ledger, pages, writer, calendar=calendar, limits=parts.limits,
                fetch=parts.fetch_contact, erase=parts.erase_contact, cancel=parts.cancel,
            )
        ),
        *make_books_desk(
            BooksDesk(
                desk, ledger, pages, calendar=calendar, clock=parts.clock, limits=parts.limits,
                procedures=parts.procedure_count, agencies=parts.agencies,
            )
        ),
    ]  # fmt: skip
