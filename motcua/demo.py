"""The demo's feed: an invented province, published as real systems would publish it.

The history goes over HTTP once per data directory; the present goes on for ever, most publishers
over HTTP and the last one over NATS, so that both doors are seen in use.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from random import Random

import httpx
import msgspec
import nats
from msgspec import Struct
from nats.aio.client import Client
from nats.errors import Error as NatsError

from motcua.simulate.live import paced, simulate_until_now
from motcua.simulate.present import Present, present_after
from motcua.simulate.profiles import load_profile
from motcua.simulate.tree import catalogue_for
from motcua.simulate.visits import signed_for
from shared.calendar import WorkingCalendar
from shared.catalogue.model import encoded_catalogue
from shared.clock import SystemClock

from .calendar_file import calendar_of
from .demo_clerk import DemoClerk
from .home import Home, write_private
from .local import Plan
from .operator_login import tls_options
from .processes import Say
from .publishers import ensure

DEMO_PROFILE = "demo"
_SEED = 1
_DAYS_OF_HISTORY = 60
_DOSSIERS_PER_DAY = 120
_POSTED_AT_ONCE = 500
_SOURCE = re.compile(rb'"source"\s*:\s*"([a-z0-9_-]+)"')
_TYPE = re.compile(rb'"type"\s*:\s*"([a-z0-9._]+)"')


class _Told(Struct):
    """Since when this directory has its history; the same instant tells the same one again."""

    history_until: datetime
    is_told: bool = False


class Demo:
    """Prepares catalogue and publishers, then feeds until cancelled."""

    def __init__(self, home: Home, plan: Plan, say: Say) -> None:
        self._home = home
        self._plan = plan
        self._say = say
        self._clock = SystemClock()
        self._profile = load_profile(DEMO_PROFILE)
        self._note = home.root / "demo.json"
        self._http_publishers = self._profile.publishers[:-1]
        self._nats_publisher = self._profile.publishers[-1]

    def prepare(self) -> None:
        """Write the catalogue and register the publishers, before anything starts."""
        self._home.catalogue_file.write_bytes(encoded_catalogue(catalogue_for(self._profile)))
        for name in self._profile.publishers:
            ensure(self._home, name)

    async def run(self) -> None:
        """Tell the history, if it is not told yet, then the present for ever."""
        told = self._told()
        history: list[bytes] = []
        if not told.is_told:
            history = await asyncio.to_thread(self._history, told.history_until)
        async with httpx.AsyncClient(base_url=self._plan.ports.url("intake"), timeout=60) as http:
            if not told.is_told:
                self._say("demo", f"kể lại {len(history):,} sự kiện của {_DAYS_OF_HISTORY} ngày …")
                for name, lines in _by_source(history, self._profile.publishers[0]).items():
                    for chunk in _chunks(lines, _POSTED_AT_ONCE):
                        await self._post(http, name, chunk)
                told.is_told = True
                self._save(told)
                self._say("demo", "đã kể xong; từ đây là hiện tại")
            # After a second start the old dossiers are left alone: some were finished meanwhile.
            present = await asyncio.to_thread(self._present_after, history)
            client = await self._log_in()
            try:
                await asyncio.gather(self._present(http, client, present), self._post_desk(present))
            finally:
                await client.close()

    async def _present(self, http: httpx.AsyncClient, client: Client, present: Present) -> None:
        # Another start, another stream of events: codes count seconds and never repeat.
        random = Random(self._clock.now().timestamp())
        async for bodies in paced(present, self._clock, random, speed=self._plan.speed):
            for name, lines in _by_source(bodies, self._profile.publishers[0]).items():
                if name == self._nats_publisher:
                    await self._publish(client, lines)
                else:
                    await self._post(http, name, lines)

    async def _post_desk(self, present: Present) -> None:
        """Let somebody hand over what goes by post, or the pages of the post stay empty.

        What was signed for at the counter is received there in the next moment.
        """
        address = self._plan.ports.url("postal_gateway")
        async with httpx.AsyncClient(base_url=address, timeout=30) as http:
            random = Random(self._clock.now().timestamp())
            clerk = DemoClerk(http, self._say, random, lambda code: signed_for(present, code))
            await clerk.run(self._plan.speed)

    async def _post(self, http: httpx.AsyncClient, name: str, lines: list[bytes]) -> None:
        token = self._home.publisher_secret(name, "token").read_text()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
        body = b"\n".join(lines)
        while True:
            try:
                answer = await http.post("/v1/events", content=body, headers=headers)
            except httpx.HTTPError as error:
                self._say("demo", f"{name}: {type(error).__name__}, gửi lại")
                await asyncio.sleep(1)
                continue
            if answer.status_code in (429, 503):  # asked to come again: same bytes, same ids
                await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
                continue
            if answer.is_server_error or answer.status_code in (401, 413):
                self._say("demo", f"{name}: HTTP {answer.status_code}")
            return

    async def _log_in(self) -> Client:
        name, url = self._nats_publisher, self._plan.ports.url("nats")
        return await nats.connect(
            url,
            nkeys_seed=str(self._home.publisher_secret(name, "nkey")),
            max_reconnect_attempts=-1,
            **tls_options(url, self._home.authority()),
        )

    async def _publish(self, client: Client, lines: list[bytes]) -> None:
        for body in lines:
            found = _TYPE.search(body)
            what = found.group(1).decode() if found else "unknown"
            try:
                await client.request(f"submit.{what}", body, timeout=5)
            except (NatsError, TimeoutError, OSError) as error:
                self._say("demo", f"{self._nats_publisher}: {type(error).__name__}")

    def _present_after(self, history: list[bytes]) -> Present:
        return present_after(self._profile, history, calendar=self._calendar())

    def _calendar(self) -> WorkingCalendar:
        return calendar_of(self._home.root, self._profile.province.code)

    def _history(self, until: datetime) -> list[bytes]:
        return list(
            simulate_until_now(
                self._profile, _SEED, until,
                days_of_history=_DAYS_OF_HISTORY, per_day=_DOSSIERS_PER_DAY,
                calendar=self._calendar(),
            )
        )  # fmt: skip

    def _told(self) -> _Told:
        if self._note.exists():
            return msgspec.json.decode(self._note.read_bytes(), type=_Told)
        told = _Told(self._clock.now())
        self._save(told)
        return told

    def _save(self, told: _Told) -> None:
        write_private(self._note, msgspec.json.encode(told).decode())


def _by_source(bodies: Iterable[bytes], otherwise: str) -> dict[str, list[bytes]]:
    lines: dict[str, list[bytes]] = {}
    for body in bodies:
        found = _SOURCE.search(body)
        name = found.group(1).decode() if found else otherwise
        lines.setdefault(name, []).append(body)
    return lines


def _chunks(lines: list[bytes], size: int) -> Iterator[list[bytes]]:
    rest = iter(lines)
    while chunk := list(islice(rest, size)):
        yield chunk
