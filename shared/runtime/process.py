"""A service's process: its log, its broker, its web application, until it is told to stop."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from faststream.nats import NatsBroker
from litestar import Litestar

from shared.bus.broker import denied, make_broker
from shared.observability import ServiceLog, configure_logging, get_logger

from .background import Background
from .ending import ExitCode
from .serving import serve
from .settings import Secret
from .tls import TlsSettings, listening_context

_REFUSED: Final = "authorization violation"

MakeApp = Callable[[NatsBroker, Background, ServiceLog], Litestar]


class ProcessSettings(TlsSettings, Protocol):
    """The settings that every service has."""

    @property
    def nats_url(self) -> str:
        """Where the broker is."""
        ...

    @property
    def nats_user(self) -> str:
        """Whose login it is."""
        ...

    @property
    def nats_nkey(self) -> Secret:
        """And the seed of its nkey."""
        ...

    @property
    def nats_ca_file(self) -> Path | None:
        """The authority that signed the broker's certificate; None speaks in the clear."""
        ...

    @property
    def http_host(self) -> str:
        """The address to listen on."""
        ...

    @property
    def http_port(self) -> int:
        """And the port."""
        ...

    @property
    def log_format(self) -> str:
        """Either json or text."""
        ...


async def run_process(service: str, settings: ProcessSettings, make_app: MakeApp) -> ExitCode:
    """Run until told to stop; the exit code says why it ended."""
    configure_logging(style="json" if settings.log_format == "json" else "readable")
    log = get_logger(service)
    background = Background(log)
    tls = listening_context(settings)

    async def on_error(error: Exception) -> None:
        if what := denied(error):
            log.error("broker_denies", reason=what)  # a right is missing: a person must look
        else:
            log.warning("broker_error", error_type=type(error).__name__)
        if _REFUSED in str(error).lower():
            # The client would ask with the same login for ever; a new process reads the new one.
            background.end("the broker refuses our login")

    # FastStream tells of every subscription and message at INFO; only its warnings are ours.
    broker_log = log.stdlib.getChild("broker")
    broker_log.setLevel(logging.WARNING)
    broker = make_broker(
        settings.nats_url,
        name=service,
        user=settings.nats_user,
        seed=settings.nats_nkey.reveal().strip(),
        authority=settings.nats_ca_file,
        on_closed=background.on_closed,
        on_error=on_error,
        logger=broker_log,
    )
    return await serve(
        make_app(broker, background, log),
        host=settings.http_host,
        port=settings.http_port,
        log=log,
        background=background,
        tls=tls,
    )
