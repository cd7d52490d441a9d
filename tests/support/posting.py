"""A gateway and a carrier as their own processes, and dossiers whose results go by post."""

import asyncio
import signal
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import msgspec
from nats.aio.client import Client

from services.postal_gateway.carriers.simulated.orders import SimulatedOrder
from shared.bus.streams import FACTS
from shared.events.dossier import DossierResolved
from shared.events.envelope import LOG_DECODER, Fact
from shared.events.fields import ResultDelivery
from tests.support.dossiers import AGENCIES, code_of, publish, received, said
from tests.support.server import free_port
from tests.support.waiting import until

SECRET = "a-secret-of-a-test"


class CarrierProcess:
    """`python -m services.postal_gateway.carriers.simulated`, with its journal in a directory."""

    def __init__(self, home: Path, *options: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.journal = home / "carrier.jsonl"
        self._log = home / "carrier.log"
        token = home / "carrier.token"
        token.write_text(SECRET)
        self._arguments = [
            "--port", str(self.port), "--token-file", str(token), "--file", str(self.journal),
            *options,
        ]  # fmt: skip
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> "CarrierProcess":
        """Start it, and wait until it answers."""
        with self._log.open("ab") as sink:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.postal_gateway.carriers.simulated",
                *self._arguments, stdout=sink, stderr=sink,
            )  # fmt: skip
        async with httpx.AsyncClient(timeout=1) as http:

            async def answers() -> bool:
                try:
                    return (await http.get(f"{self.url}/health/ready")).status_code == 200
                except httpx.HTTPError:
                    return False

            await until(answers, within=120, what="the carrier answers")
        return self

    async def stop(self) -> None:
        """Kill -9; the journal stays."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGKILL)
            await process.wait()

    async def at_speed(self, speed: float) -> "CarrierProcess":
        """Start it anew on its journal: what is due at that speed happens at once."""
        await self.stop()
        self._arguments += ["--speed", str(speed)]
        return await self.start()

    def orders(self) -> Counter[str]:
        """Count the orders the carrier accepted, by order number."""
        lines = _whole_lines(self.journal)
        decoder = msgspec.json.Decoder(dict[str, object])
        entries = [decoder.decode(line) for line in lines]
        kind = SimulatedOrder.__struct_config__.tag
        return Counter(str(e["order_number"]) for e in entries if e["type"] == kind)


def _whole_lines(journal: Path) -> list[bytes]:
    """Every line that is written to its end: the carrier may be in the midst of another."""
    return journal.read_bytes().split(b"\n")[:-1] if journal.exists() else []


def environment(carrier: CarrierProcess, shape: str = "vnpost") -> dict[str, str]:
    """Settings of a gateway that settles unknown outcomes within seconds."""
    return {
        "MOTCUA_CARRIER_SHAPE": shape,
        "MOTCUA_WEBHOOK_SECRETS": SECRET,
        "MOTCUA_STATEMENT_SECONDS": "5",
        "MOTCUA_CARRIER_URL": carrier.url,
        "MOTCUA_CARRIER_TOKEN": SECRET,
        "MOTCUA_CARRIER_TIMEOUT_SECONDS": "1",
        "MOTCUA_SETTLE_SECONDS": "4",
        "MOTCUA_POLL_SECONDS": "0.5",
    }


async def resolved_by_post(
    client: Client, count: int, now: datetime, contact_ref: str = ""
) -> None:
    """Publish dossiers that were received for return by post, and their results."""
    start, end = now - timedelta(days=5), now - timedelta(minutes=5)
    facts: list[Fact] = []
    for number in range(count):
        agency = AGENCIES[number % len(AGENCIES)]
        facts.append(
            received(
                code_of(number), start, agency, result_delivery=ResultDelivery.POSTAL,
                contact_ref=contact_ref or None,
            )
        )  # fmt: skip
        facts.append(said(DossierResolved(agency_code=agency), code_of(number), end))
    await publish(client, facts)


async def postal_facts(client: Client) -> list[Fact]:
    """Read the postal facts of the log, in order."""
    js = client.jetstream()
    last = (await js.stream_info(FACTS)).state.last_seq
    found = []
    for sequence in range(1, last + 1):
        fact = LOG_DECODER.decode((await js.get_msg(FACTS, sequence)).data or b"")
        if fact.noun == "postal":
            found.append(fact)
    return found
