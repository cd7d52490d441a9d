"""All wiring of the notifier in one visible place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from faststream.nats import NatsBroker
from litestar import Litestar

from services.notifier.api import make_api
from services.notifier.desk import FLASHES, Desk, make_desk
from services.notifier.desk_acts import Acts, make_acts
from services.notifier.desk_papers import make_papers
from services.notifier.metrics import SERVICE
from services.notifier.parts import Notifier
from services.notifier.settings import Settings
from shared.bus.broker import connected
from shared.clock import Clock, SystemClock
from shared.desk import Pages, links_named, make_live_handler
from shared.login import Gate, make_login
from shared.observability import make_endpoints
from shared.runtime import Background, ExitCode, make_web, run_process, settle_memory

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
    parts = Notifier(settings, clock)
    gate = Gate(settings, clock=clock, log=parts.log)
    pages = Pages(
        service=SERVICE, templates=_HERE / "templates", links=links_named(settings.desks),
        clock=clock, flashes=FLASHES, who=gate.visitor,
    )  # fmt: skip
    desk = Desk(parts, pages)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        client = await connected(broker)
        parts.connect(client)
        settle_memory()
        async with background:
            background.start("facts", parts.facts.run())
            background.start("alerts", parts.alerts.run())
            background.start("rejects", parts.rejects.run())
            background.start("ticking", parts.run_ticks())
            background.start("telling", parts.run_rounds())
            background.start("showing", parts.run_showing())
            for number, watchdog in enumerate(parts.watchdogs, start=1):
                background.start(f"watchdog {number}", watchdog.run())
            yield
        await broker.stop()

    handlers = [
        *make_endpoints(parts.page, parts.health), make_live_handler(parts.hub),
        *make_login(gate, pages),
        *make_desk(desk), *make_papers(desk), *make_acts(Acts(desk, parts.submitter)),
        *make_api(parts),
    ]  # fmt: skip
    return make_web(
        handlers, title="Một Cửa: notifier", log=parts.log, pages=pages, lifespan=[lifespan],
        before_stop=[parts.hub.close], gate=gate,
    )  # fmt: skip
