"""Runs one service's pages on uvicorn inside the loop that also carries its messages."""

import asyncio
import gc
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import uvicorn
import uvloop
from litestar import Litestar

from shared.calendar import OverrideTableError
from shared.observability import ServiceLog
from shared.runtime.background import Background
from shared.runtime.connections import LimitedConnection
from shared.runtime.ending import EndProcess, ExitCode, PortInUse
from shared.runtime.settings import SettingsError

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
# Requests under way get this long after a signal; then they are cancelled.
_GRACE_SECONDS: Final = 10
_BACKLOG: Final = 512


def run_service(main: Callable[[], Coroutine[Any, Any, ExitCode]]) -> int:
    """Run `main` on uvloop and return the exit code; the whole of a service's `__main__`.

    What a person must do is printed as one plain line on standard error, without a traceback.
    """
    try:
        return int(uvloop.run(main()))
    except PortInUse as error:
        print(error.advice(), file=sys.stderr)  # noqa: T201 - for the person at the terminal
        return int(error.exit_code)
    except SettingsError as error:
        print(error.advice(), file=sys.stderr)  # noqa: T201 - for the person at the terminal
        return int(ExitCode.SETTINGS)
    except OverrideTableError as error:
        print(str(error), file=sys.stderr)  # noqa: T201 - for the person at the terminal
        return int(ExitCode.SETTINGS)
    except EndProcess as error:
        print(f"motcua: {error.reason}", file=sys.stderr)  # noqa: T201 - for the supervisor's log
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.STOPPED)


async def serve(
    app: Litestar,
    *,
    host: str,
    port: int,
    log: ServiceLog,
    background: Background | None = None,
    on_listening: Callable[[int], None] | None = None,
    tls: ssl.SSLContext | None = None,
) -> ExitCode:
    """Serve until SIGTERM, SIGINT, or until `background` says that the process must end.

    `on_listening` gets the port in use, also where port 0 asked for a free one. Functions in
    `app.state.before_stop` run first when stopping: they end streams that would never end.

    Raises:
        PortInUse: another program listens there; nothing was started.
        EndProcess, SettingsError, …: whatever the lifespan raised, without its wrapping.
    """
    listener = _listener(host, port)

    server = _Server(_config(app, tls), _announcing(listener, log, on_listening))
    try:
        # The application's lifespan runs here and not in uvicorn, which would keep to itself what
        # went wrong.
        with _on_signal(server.stop):
            async with _ended_by(background, server), app.lifespan():
                await server.serve(sockets=[listener])
    except asyncio.CancelledError:
        if not server.gave_up_starting():
            raise
    except BaseExceptionGroup as group:
        raise _innermost(group) from None
    finally:
        listener.close()
    code = ExitCode.STOPPED if background is None else background.exit_code
    log.info("stopped", exit_code=int(code))
    return code


def _announcing(
    listener: socket.socket, log: ServiceLog, on_listening: Callable[[int], None] | None
) -> Callable[[], None]:
    """Log the address once requests are taken, and tell the port to whoever asked for it."""

    def on_up() -> None:
        host, port = listener.getsockname()[:2]
        log.info("listening", host=host, port=int(port))
        if on_listening is not None:
            on_listening(int(port))

    return on_up


def settle_memory() -> None:
    """Keep the collector away from what was loaded; call it after a start or a snapshot load.

    Measured: without it the first 10,000 facts take twenty times as long.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling, which would kill the process a second time."""

    def __init__(self, config: uvicorn.Config, on_up: Callable[[], None]) -> None:
        super().__init__(config)
        self._starting = asyncio.current_task()
        self._on_up = on_up

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._starting = None
        await super().startup(sockets=sockets)
        self._on_up()

    def stop(self) -> None:
        if self.should_exit:
            self.force_exit = True
            return
        self.should_exit = True
        if self._starting is not None:
            # Nobody is served yet; the lifespan may be waiting for a broker that is not there.
            self._starting.cancel()
        app = self.config.app
        assert isinstance(app, Litestar)  # noqa: S101 - _config put it there
        for before_stop in app.state.get("before_stop", ()):
            before_stop()

    def gave_up_starting(self) -> bool:
        if self._starting is None or not self.should_exit:
            return False
        self._starting.uncancel()
        return True


def _config(app: Litestar, tls: ssl.SSLContext | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        http=LimitedConnection,
        ws="none",
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=20,
        h11_max_incomplete_event_size=32_768,
        ssl_context_factory=None if tls is None else lambda _config, _default: tls,
    )


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # Listening now: of two services started at once, one is told here and not later.
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortInUse(host, port) from error
    listener.settimeout(0)
    return listener


def _innermost(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error that Litestar's task group wrapped; the group itself where there are more."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


@contextmanager
def _on_signal(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


@asynccontextmanager
async def _ended_by(background: Background | None, server: _Server) -> AsyncIterator[None]:
    async def stop_at_end() -> None:
        assert background is not None  # noqa: S101 - started only with one
        await background.ended()
        server.stop()

    watching = asyncio.create_task(stop_at_end()) if background is not None else None
    try:
        yield
    finally:
        if watching is not None:
            watching.cancel()
