"""Statuses sent to the postal gateway: mostly forged or unreadable, some genuine."""

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

import httpx
from httpx import ASGITransport, AsyncClient

from services.postal_gateway.carriers.viettel.codes import MEANINGS
from services.postal_gateway.carriers.viettel.signature import signature
from services.postal_gateway.webhooks import ADDRESS, WebhookOutcome, make_webhooks
from shared.bus.streams import POSTAL
from shared.runtime import Secret, make_web
from tests.support.fake_clock import FakeClock
from tests.support.gateway import GatewayCopy
from tests.support.scripted_carrier import ScriptedCarrier
from tests.support.server import TestServer
from tests.support.webhooks import NOON, SECRET, Sent, body_of

from .mutations import broken, mutate, written
from .odd_values import TEXTS
from .tally import Tally

_REFUSALS: Final = {401: "forged", 413: "too_large", 422: "unreadable", 403: "other_site"}
_STORED: Final = {WebhookOutcome.STORED, WebhookOutcome.NOT_OURS, WebhookOutcome.UNKNOWN_CODE}


def request(chance: random.Random, url: str = "http://post.test") -> httpx.Request:
    """A status changed before it was signed (it is proven) or after it (it is forged)."""
    number = f"H44.01-260302-{chance.randrange(60):05d}"
    said: Any = body_of(number, chance.choice((*MEANINGS, 999)), NOON, token=SECRET)
    if chance.random() < 0.8:
        mutate(said, chance, chance.choice((1, 1, 2, 4)))
    body = written(said, chance)
    moment = str(int(NOON.timestamp()))
    sent = Sent(body, moment, signature(SECRET.encode(), moment, body))
    if chance.random() < 0.2:
        sent.signed, sent.moment = chance.choice(TEXTS), chance.choice((moment, *TEXTS))
    if chance.random() < 0.05:
        sent.body = broken(body, chance)
    headers = [
        (b"X-Signature", _header(sent.signed)),
        (b"X-Signature-Timestamp", _header(sent.moment)),
        (b"Content-Type", chance.choice((b"application/json", b"text/plain", b"", b"\xff"))),
    ]
    if chance.random() < 0.03:
        headers.append(chance.choice([
            (b"X-Signature", b"sha256=0"), (b"Content-Encoding", b"gzip"), (b"Origin", b"http://[::1"),
            (b"Cookie", b"\xff=;"), (b"Accept", b"text/html"), (b"Content-Length", b"-1"),
        ]))  # fmt: skip
    return httpx.Request("POST", f"{url}{ADDRESS}", headers=headers, content=sent.body)


def _header(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")[:5_000]
    return bytes(byte for byte in raw if byte not in b"\r\n\x00")


def judged(tally: Tally, answer: httpx.Response) -> None:
    """A stored status, a repeat, or one of the closed refusals."""
    tally.events += 1
    if answer.status_code == 200:
        outcome = WebhookOutcome(json.loads(answer.content)["outcome"])
        tally.outcomes[outcome.value] += 1
    elif answer.status_code in _REFUSALS:
        tally.outcomes[_REFUSALS[answer.status_code]] += 1
    elif answer.status_code >= 500:
        tally.fault("server_errors", f"{answer.status_code} {answer.text[:200]}")
    else:
        tally.fault("unaccounted", f"{answer.status_code} {answer.text[:200]}")


@asynccontextmanager
async def gateway(home: Path, tally: Tally) -> AsyncIterator[AsyncClient]:
    """The gateway's webhook in this process, on a real broker; every answer counted at the end."""
    server = TestServer(home / "nats")
    await (await server.start()).provisioned()
    clock = FakeClock(NOON)
    try:
        async with GatewayCopy(
            server, home / "a", clock, ScriptedCarrier(clock),
            webhook_secrets=(Secret(SECRET),), webhook_proof="signature",
        ) as copy:  # fmt: skip
            parts = copy.parts
            app = make_web(make_webhooks(parts.webhooks), title="post", log=parts.log)
            transport = ASGITransport(cast(Any, app), raise_app_exceptions=False)
            async with AsyncClient(transport=transport, base_url="http://post.test") as client:
                yield client
            await _counted(server, tally)
    finally:
        await server.kill()


async def _counted(server: TestServer, tally: Tally) -> None:
    """There must be a claim for every status that was answered as stored."""
    client = await server.client()
    stored = sum(tally.outcomes[one.value] for one in _STORED)
    state = (await client.jetstream().stream_info(POSTAL)).state
    await client.close()
    if state.messages != stored:
        tally.fault("unaccounted", f"{stored} said stored, {state.messages} claims")
