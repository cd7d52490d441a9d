"""The share that meets a real process on a real broker, framing and all."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
from nats.aio.client import Client
from nats.errors import MaxPayloadError

from services.intake.rejects import DECODER, RejectRecord
from services.postal_gateway.webhooks import ADDRESS
from shared.bus.streams import FACTS, REJECTS
from tests.support import intake
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.webhooks import SECRET

from . import over_http, over_nats, over_webhooks
from .intake_world import PUBLISHER
from .tally import Tally

_UNTRUE_FRAMES = (
    b"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n{{",
    b"POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}",
    b"POST {path} HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST {path} HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n",
    b"POST {path}\x00 HTTP/1.1\r\nHost: a\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"POST {path} HTTP/1.1\r\n" + b"X-A: " + b"a" * 70_000 + b"\r\n\r\n",
    b"POST {path} HTTP/1.1\r\n" + b"X: 1\r\n" * 3_000 + b"\r\n",
)  # fmt: skip
_SERVER_ERRORS = (b"HTTP/1.1 5", b"HTTP/1.0 5")


class Real:
    """One service and its broker; what it answers is counted in the same tally."""

    def __init__(self, tally: Tally, server: TestServer, service: ServiceProcess) -> None:
        self.tally, self.server, self.service = tally, server, service
        self.outcomes: Counter[str] = Counter()

    async def frame(self, chance: random.Random, path: str) -> None:
        """Send bytes that are no request, or not a whole one; the other side must go on."""
        raw = chance.choice(_UNTRUE_FRAMES).replace(b"{path}", path.encode()).replace(b"{{", b"{")
        reader, writer = await asyncio.open_connection("127.0.0.1", self.service.port)
        try:
            writer.write(raw)
            writer.write_eof()
            async with asyncio.timeout(12):
                said = await reader.read(200)
        except ConnectionError:
            said = b""
        finally:
            writer.close()
        self.tally.outcomes["framing"] += 1
        if said.startswith(_SERVER_ERRORS):
            self.tally.fault("server_errors", f"{said[:80]!r} to {raw[:80]!r}")

    async def post(
        self, request: httpx.Request, client: httpx.AsyncClient
    ) -> httpx.Response | None:
        """Send it; None where the framing was so wrong that nobody answered."""
        try:
            answer = await client.send(request)
        except (httpx.LocalProtocolError, httpx.RemoteProtocolError, httpx.InvalidURL):
            self.tally.outcomes["framing"] += 1
            return None
        if answer.status_code >= 500:
            self.tally.fault("server_errors", f"{answer.status_code} {answer.text[:200]}")
            return None
        return answer

    def intake_said(self, answer: httpx.Response) -> None:
        """Count what intake answered event by event."""
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        said = answer.json() if is_json else {}
        self.verdicts(said.get("results", []))
        if "results" not in said:
            self.tally.outcomes["at_the_door"] += 1

    def verdicts(self, results: list[dict[str, object]]) -> None:
        """Count the verdicts on events."""
        for result in results:
            outcome = str(result["outcome"])
            self.tally.events += 1
            self.tally.outcomes[outcome] += 1
            self.outcomes[outcome] += 1

    async def settled(self) -> None:
        """The process is still there and ready, and its logs hold what it said."""
        await self.service.ready()
        client = await self.server.client()
        facts, bodies = await _bodies(client)
        await client.close()
        if facts != self.outcomes["accepted"]:
            said = f"{self.outcomes['accepted']} accepted, {facts} in FACTS"
            self.tally.fault("unaccounted", said)
        reasons = [
            b.reason.value for b in map(DECODER.decode, bodies) if isinstance(b, RejectRecord)
        ]
        refused = self.outcomes["rejected"] + self.outcomes["conflict"]
        for reason in reasons:
            self.tally.refused(reason)
        if not 0 < len(reasons) <= refused:
            self.tally.fault("unaccounted", f"{refused} refused, {len(reasons)} in REJECTS")


async def _bodies(client: Client) -> tuple[int, list[bytes]]:
    js = client.jetstream()
    facts = (await js.stream_info(FACTS)).state.messages
    last = (await js.stream_info(REJECTS)).state.last_seq
    found = [(await js.get_msg(REJECTS, n)).data or b"" for n in range(1, last + 1)]
    return facts, found


@asynccontextmanager
async def real_intake(home: Path, tally: Tally) -> AsyncIterator[Real]:
    """A broker and intake, with one publisher that may come as fast as it likes."""
    server = TestServer(home / "nats", [intake.login()])
    data = home / "intake"
    data.mkdir(parents=True)
    publisher = {"name": intake.PUBLISHER, "token_hashes": [intake.token_hash(PUBLISHER)]}
    intake.write_registry(data / "publishers.json", [{**publisher, "rate_per_second": 1e9}])
    service = intake.intake_process(server, data)
    try:
        await (await server.start()).provisioned()
        await (await service.start()).ready()
        real = Real(tally, server, service)
        yield real
        await real.settled()
    finally:
        await service.stop()
        await server.kill()


async def http(
    home: Path, tally: Tally, chance: random.Random, count: int, *, national: bool
) -> None:
    """Requests over sockets; one in twenty is no request at all."""
    make = over_http.payload_request if national else over_http.events_request
    async with real_intake(home, tally) as real, httpx.AsyncClient(timeout=30) as client:
        for _ in range(count):
            sent = make(chance)
            with tally.one_input(is_remote=True):
                if chance.random() < 0.05:
                    await real.frame(chance, over_http.EVENTS)
                    continue
                url = f"{real.service.url}{sent.path}"
                request = httpx.Request("POST", url, headers=sent.headers, content=sent.body)
                answer = await real.post(request, client)
                if answer is not None:
                    real.intake_said(answer)


async def nats(home: Path, tally: Tally, chance: random.Random, count: int) -> None:
    """Requests over the broker; their copies in the inbox must change nothing."""
    async with real_intake(home, tally) as real:
        client = await real.server.client(intake.PUBLISHER, intake.NATS_PASSWORD)
        for _ in range(count):
            subject, body = over_nats.message(chance)
            with tally.one_input(is_remote=True):
                await _ask(real, client, subject, body)
        await client.close()


async def _ask(real: Real, client: Client, subject: str, body: bytes) -> None:
    tail = "".join(c for c in subject.split(".", 2)[2] if c.isalnum() or c in "._") or "x"
    name = f"submit.{tail.strip('.').replace('..', '.') or 'x'}"
    try:
        answer = await client.request(name, body, timeout=20)
    except MaxPayloadError:  # the broker told the client how much it takes
        real.tally.outcomes["at_the_door"] += 1
        return
    said = msgspec.json.decode(answer.data)
    if said.get("error", {}).get("code", 0) >= 500 or "outcome" not in said:
        real.tally.fault("server_errors", json.dumps(said)[:300])
    else:
        real.verdicts([said])


async def webhooks(home: Path, tally: Tally, chance: random.Random, count: int) -> None:
    """Statuses over sockets to a gateway that asks for signatures; its clock is the machine's."""
    server = TestServer(home / "nats")
    settings = {"MOTCUA_WEBHOOK_SECRETS": SECRET, "MOTCUA_WEBHOOK_PROOF": "token"}
    service = ServiceProcess("postal_gateway", server, home / "gateway", settings)
    try:
        await (await server.start()).provisioned()
        await (await service.start()).ready()
        real = Real(tally, server, service)
        async with httpx.AsyncClient(timeout=30) as client:
            for _ in range(count):
                request = over_webhooks.request(chance, service.url)
                with tally.one_input(is_remote=True):
                    if chance.random() < 0.05:
                        await real.frame(chance, ADDRESS)
                        continue
                    answer = await real.post(request, client)
                    if answer is not None:
                        over_webhooks.judged(tally, answer)
        await service.ready()
    finally:
        await service.stop()
        await server.kill()
