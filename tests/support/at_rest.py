"""The four applications without a broker: every route is there, and nothing runs beside it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from faststream.nats import NatsBroker
from httpx import ASGITransport, AsyncClient
from litestar import Litestar
from litestar.routes import HTTPRoute

import services.notifier.app
import services.notifier.settings
import services.postal_gateway.app
import services.postal_gateway.settings
import services.scoring.app
import services.scoring.settings
from services.intake.app import make_pages
from services.intake.settings import Settings as IntakeSettings
from shared.access import NEEDS, SCOPED
from shared.observability import get_logger
from shared.runtime import Background, Health, Secret
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, intake_parts
from tests.support.intake import SEAL_KEY

_OTHERS: Final[dict[str, Any]] = {
    "scoring": services.scoring, "notifier": services.notifier,
    "postal_gateway": services.postal_gateway,
}  # fmt: skip
SERVICES: Final = ("intake", *_OTHERS)


class Address(NamedTuple):
    """One method of one route, and who it asks for; `needed` is empty where it does not say.

    `is_scoped`: it answers whoever is limited to some agencies.
    """

    method: str
    template: str
    needed: str
    is_scoped: bool


@asynccontextmanager
async def _nothing(_: Litestar) -> AsyncIterator[None]:
    yield


def at_rest(service: str, home: Path, **more: Any) -> Litestar:
    """Return a service's application; `more` are settings."""
    if service == "intake":
        parts = intake_parts(home, clock=FakeClock(), wire=FakeWire())
        settings = IntakeSettings(
            data=home, publishers=home / "publishers.json", seal_key=Secret(SEAL_KEY), **more
        )
        return make_pages(parts, settings, Health(()), lifespan=_nothing)
    module = _OTHERS[service]
    app: Litestar = module.app.make_app(
        module.settings.Settings(data=home, **more), clock=FakeClock(), broker=NatsBroker(),
        background=Background(get_logger(service)),
    )  # fmt: skip
    app._lifespan_managers.clear()
    return app


def browser(app: Litestar) -> AsyncClient:
    """Return a client of the application that gets a fault of ours as its answer."""
    transport = ASGITransport(cast(Any, app), raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://desk.test")


def addresses(app: Litestar) -> Iterator[Address]:
    """Every method of every route of ours, but those that Litestar adds by itself."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                needed = str(handler.opt.get(NEEDS, ""))
                for method in sorted(handler.http_methods - {"OPTIONS"}):
                    is_scoped = bool(handler.opt.get(SCOPED))
                    yield Address(method, route.path_format, needed, is_scoped)
