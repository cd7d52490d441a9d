"""Drawing up a report from the log alone: a running system's, or the one a data directory holds."""

import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from msgspec import Struct
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.scoring.domain.closing import Figures, end_of_period
from services.scoring.drawing import Drawn, drawn
from services.scoring.ledger import load_rules
from services.scoring.past import Place
from services.scoring.refolding import refold
from shared.bus.streams import FACTS
from shared.calendar import WorkingCalendar, province_calendar
from shared.catalogue.model import Catalogue
from shared.events.alert import IndicatorCorrected, IndicatorPeriodClosed
from shared.events.envelope import LOG_DECODER
from shared.ledger.reader import LogGapError
from shared.rules.targets import plans

from . import operator_login
from .home import Home
from .nats_server import ServerSettings, server_config, start_server


class Replayed(Struct, frozen=True, kw_only=True):
    """The report, how far the log was read, and what the log itself says was published."""

    drawn: Drawn
    position: int
    recorded_at: datetime | None
    published: Sequence[Figures]


@asynccontextmanager
async def log_of(home: Home, url: str | None) -> AsyncIterator[Client]:
    """Connect to the broker at `url`, to the one that runs on the directory, or to one of our own.

    Raises:
        ServerStartError: nothing runs there and nats-server does not start on its store.
        HomeInUseError: something runs there that does not say where.
        NatsError, OSError, TimeoutError: no broker, or it refuses.
    """
    seed = home.service_seed("operator")
    running = home.running()
    if url or running is not None:
        address = url or str((running or {})["urls"]["nats"])
        async with operator_login.connected(address, seed) as client:
            yield client
        return
    with home.hold():
        async with (
            _own_server(home) as address,
            operator_login.connected(address, seed) as client,
        ):
            yield client


@asynccontextmanager
async def _own_server(home: Home) -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory(prefix="motcua-replay-") as beside:
        port, monitor = _free_port(), _free_port()
        settings = ServerSettings(
            port=port, monitor_port=monitor, store=home.nats / "jetstream",
            service_keys=home.service_keys(),
        )  # fmt: skip
        config = Path(beside) / "nats.conf"
        config.touch(mode=0o600)
        config.write_text(server_config(settings))
        server = await start_server(config, Path(beside) / "nats.log", monitor_port=monitor)
        try:
            yield f"nats://127.0.0.1:{port}"
        finally:
            server.terminate()
            await server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def replay(
    client: Client,
    catalogue: Catalogue,
    period: str,
    *,
    now: int,
    position: int | None = None,
    until: datetime | None = None,
    number: int | None = None,
    calendar: WorkingCalendar | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Replayed:
    """Fold the log up to a position, an instant of recording, or a publication; draw the report.

    A period that ended is judged at its end; one that still runs at `now` (epoch seconds), at
    `until`, or when the last fact was recorded. Without `calendar` by the shipped one.

    Raises:
        LookupError: the log knows no such publication.
        UnknownPeriodError, LogTooShortError, LogGapError: as they say.
    """
    published = await published_in(client, catalogue.province or "", period)
    if number is not None:
        found = [one.position for one in published if one.number == number]
        if not found:
            raise LookupError(number)
        position = found[0]
    rules = load_rules(calendar or province_calendar(None, scope=catalogue.province), catalogue)
    with tempfile.TemporaryDirectory(prefix="motcua-replay-") as beside:
        path = Path(beside) / "scoring.db"
        done = await refold(
            client, path, rules, position=position, until=until,
            fetch=partial(_fetch, client.jetstream()), on_progress=on_progress,
        )  # fmt: skip
        moment = _moment(period, until, done.recorded_at, now)
        place = Place(path=path, catalogue=catalogue, rules=rules)
        report = await drawn(place, period, tuple(plans().values()), moment)
    return Replayed(
        drawn=report, position=done.position, recorded_at=done.recorded_at, published=published
    )


async def _fetch(js: JetStreamContext, sequences: Sequence[int]) -> dict[int, bytes]:
    """Bodies by sequence, asked for as the operator may: the direct request is the services'."""
    found: dict[int, bytes] = {}
    for sequence in sequences:
        try:
            found[sequence] = (await js.get_msg(FACTS, sequence)).data or b""
        except NotFoundError:
            raise LogGapError(sequence, 0) from None
    return found


def _moment(period: str, until: datetime | None, recorded_at: datetime | None, now: int) -> int:
    """The instant of the report: never the clock's, so that the same log says the same.

    Without `until`, a period that is over is over; one that runs stands at its last fact.
    """
    end = end_of_period(period)
    if until is not None:
        return int(until.timestamp())
    if now >= end or recorded_at is None:
        return end
    return int(recorded_at.timestamp())


async def published_in(client: Client, province: str, period: str) -> list[Figures]:
    """Return what the log says was published of a period, by number."""
    js = client.jetstream()
    bodies: list[bytes] = []
    for subject in (f"indicator.period_closed.{province}", f"indicator.corrected.{province}"):
        bodies += await _all_on(js, subject)
    found = {one.number: one for one in _figures(bodies, province, period)}
    return [found[number] for number in sorted(found)]


def _figures(bodies: Sequence[bytes], province: str, period: str) -> list[Figures]:
    said: list[Figures] = []
    for body in bodies:
        fact = LOG_DECODER.decode(body)
        data = fact.data
        if not isinstance(data, IndicatorPeriodClosed | IndicatorCorrected):
            continue
        if data.period == period and data.agency_code == province:
            number = data.number if isinstance(data, IndicatorCorrected) else 0
            at = int(fact.time.timestamp())
            said.append(Figures(number, data.digest, data.position, at))
    return said


async def _all_on(js: JetStreamContext, subject: str) -> list[bytes]:
    """Every message on one subject: they are few, a handful a month."""
    bodies: list[bytes] = []
    sequence = 1
    while True:
        try:
            found = await js.get_msg(FACTS, sequence, next=True, subject=subject)
        except NotFoundError:
            return bodies
        bodies.append(found.data or b"")
        sequence = (found.seq or sequence) + 1
