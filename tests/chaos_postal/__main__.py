"""`make chaos-postal SEED=…`: parcels, a carrier full of faults, kill -9; one line, PASS or FAIL.

Returns and pick-ups go through the simulated carrier in both shapes: 5xx before and after the
order was taken, 429, silence, unreadable answers, an outage, and webhooks that are lost, doubled,
late or about nobody's order. In the end the carrier has one order for every leg, and every
parcel is where the carrier's own journal says.
"""

import argparse
import asyncio
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from nats.aio.client import Client

from services.postal_gateway.domain.orders import LegName
from services.postal_gateway.webhooks import ADDRESS
from shared.events.dossier import DossierSubmitted
from shared.events.fields import Leg
from tests.chaos_postal.record import Record
from tests.support.dossiers import AGENCIES, code_of, publish, said
from tests.support.kept import run_in_fresh_directory
from tests.support.posting import CarrierProcess, environment, resolved_by_post
from tests.support.server import TestServer
from tests.support.services import ServiceProcess
from tests.support.waiting import until

_SHORT, _FULL = (400, 4), (10_000, 50)
_PICKUP_SHARE = 4  # every fourth parcel is a pick-up
_FAULTS = (
    "--error-rate", "0.05", "--throttled-rate", "0.03", "--late-error-rate", "0.05",
    "--silence-rate", "0.03", "--silence-seconds", "3", "--garbled-rate", "0.03",
    "--failed-rate", "0.2", "--unknown-rate", "0.02", "--speed", "3600",
    "--webhook-lost-rate", "0.1", "--webhook-doubled-rate", "0.2", "--webhook-delayed-rate", "0.2",
    "--webhook-wrong-rate", "0.05",
    # Twenty hours of its time, at this speed.
    "--outage-after-seconds", "15", "--outage-seconds", "20",
)  # fmt: skip
_SETTLE_WITHIN_SECONDS = 900


class Run:
    """One shape of carrier, its parcels, one gateway that dies again and again."""

    def __init__(self, root: Path, shape: str, seed: int, parcels: int, kills: int) -> None:
        self.root, self.shape, self.seed = root, shape, seed
        pickups = parcels // _PICKUP_SHARE
        self.returns = [LegName(code_of(n)) for n in range(parcels - pickups)]
        self.pickups = [LegName(code_of(50_000 + n), Leg.PICKUP) for n in range(pickups)]
        self.kills_left, self.kills = kills, 0
        self.record = Record(root / "none")

    @property
    def names(self) -> list[LegName]:
        return [*self.returns, *self.pickups]

    async def run(self) -> list[str]:
        """Run it; return what is wrong."""
        server = await (await TestServer(self.root / "nats").start()).provisioned()
        gateway = ServiceProcess("postal_gateway", server, self.root / "data")
        carrier = CarrierProcess(
            self.root / "carrier", *_FAULTS, "--seed", str(self.seed),
            "--webhook-url", gateway.url + ADDRESS,
        )  # fmt: skip
        gateway.add(environment(carrier, self.shape))
        client = await server.client()
        try:
            await carrier.start()
            await self._publish(client)
            await gateway.start()
            await self._kill_until_done(gateway)
            self.record = Record(carrier.journal)
            return await self._wrong(gateway)
        finally:
            await gateway.kill()
            await carrier.stop()
            await client.close()
            await server.kill()

    async def _publish(self, client: Client) -> None:
        now = datetime.now(UTC)
        await resolved_by_post(client, len(self.returns), now)
        await publish(client, [
            said(
                DossierSubmitted(
                    agency_code=AGENCIES[number % len(AGENCIES)], pickup_wanted=True
                ),
                name.dossier, now,
            )
            for number, name in enumerate(self.pickups)
        ])  # fmt: skip

    async def _kill_until_done(self, gateway: ServiceProcess) -> None:
        """Kill at random moments, then let it settle.

        Raises:
            TimeoutError: it did not settle.
        """
        chance = random.Random(self.seed)
        async with httpx.AsyncClient(timeout=10) as http:
            while self.kills_left:
                await asyncio.sleep(chance.uniform(0.3, 4.0))
                await gateway.kill()
                self.kills += 1
                self.kills_left -= 1
                await gateway.start()
            await until(lambda: self._has_ended(http, gateway.url), within=_SETTLE_WITHIN_SECONDS)

    async def _has_ended(self, http: httpx.AsyncClient, url: str) -> bool:
        await asyncio.sleep(1)
        try:
            found = await self._states(http, url)
        except (httpx.HTTPError, KeyError, ValueError):
            return False
        return len(found) == len(self.names)

    async def _states(self, http: httpx.AsyncClient, url: str) -> dict[str, tuple[str, str]]:
        """What the gateway says has ended: state and tracking number by order number."""
        found = {}
        for state in ("delivered", "returned_to_sender"):
            answer = (await http.get(f"{url}/v1/parcels", params={"state": state})).json()
            for one in answer["parcels"]:
                name = LegName(one["dossier"], Leg(one["leg"]), one["attempt"])
                found[name.order_number] = (state, one["tracking_number"])
        return found

    async def _wrong(self, gateway: ServiceProcess) -> list[str]:
        async with httpx.AsyncClient(timeout=30) as http:
            ours = await self._states(http, gateway.url)
        wanted = {name.order_number for name in self.names}
        wrong = [f"DOUBLE {item}" for item, n in self.record.orders.items() if n != 1]
        wrong += [f"UNSETTLED {item}" for item in wanted - set(self.record.orders)]
        wrong += [f"FOREIGN {item}" for item in set(self.record.orders) - wanted]
        for item in sorted(wanted & set(self.record.orders)):
            theirs = (self.record.end_of(item), self.record.numbers[item])
            if ours.get(item) != theirs:
                wrong.append(f"CUSTODY {item}: ours {ours.get(item)}, the carrier's {theirs}")
        return wrong


async def run(root: Path, seed: int, parcels: int, kills: int, shapes: list[str]) -> bool:
    """Run every shape; print the line and say whether it passed."""
    started = time.monotonic()
    wrong: list[str] = []
    done = orders = 0
    for place, shape in enumerate(shapes):
        one = Run(root / shape, shape, seed + place, parcels // len(shapes), kills // len(shapes))
        try:
            wrong += await one.run()
        except TimeoutError:
            wrong.append(f"UNSETTLED {shape}: not all ways ended in {_SETTLE_WITHIN_SECONDS} s")
        done += one.kills
        orders += one.record.orders.total()
    for line in wrong[:20]:
        print("  ", line)
    counts = {
        word: sum(line.startswith(word) for line in wrong)
        for word in ("DOUBLE", "UNSETTLED", "FOREIGN", "CUSTODY")
    }
    told = " ".join(f"{word}={count}" for word, count in counts.items())
    print(
        f"CHAOS-POSTAL seed={seed} shapes={','.join(shapes)} n={parcels} kills={done}"
        f" orders={orders} {told} seconds={time.monotonic() - started:.0f}"
        f" {'FAIL' if wrong else 'PASS'}",
        flush=True,
    )
    return not wrong


def main() -> int:
    """Parse the arguments, run in a fresh directory, keep it where something is wrong."""
    parser = argparse.ArgumentParser(prog="chaos-postal", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parcels", type=int, default=_FULL[0])
    parser.add_argument("--kills", type=int, default=_FULL[1])
    parser.add_argument("--shapes", default="vnpost,viettelpost")
    parser.add_argument("--short", action="store_true", help="400 parcels, 4 kills")
    chosen = parser.parse_args()
    parcels, kills = _SHORT if chosen.short else (chosen.parcels, chosen.kills)
    return run_in_fresh_directory(
        "chaos-postal",
        chosen.seed,
        lambda root: run(root, chosen.seed, parcels, kills, chosen.shapes.split(",")),
    )


if __name__ == "__main__":
    sys.exit(main())
