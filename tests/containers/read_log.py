"""Inside a container that holds the home: print every body of FACTS, by plain fetches."""

import asyncio
import sys
from pathlib import Path

from nats.js.api import AckPolicy, ConsumerConfig

from motcua.home import Home
from motcua.operator_login import connected

_AT_ONCE = 1000


async def main() -> None:
    home = Home(Path("/data"))
    seed = home.service_seed("operator")
    # Ephemeral and without acknowledgements; the stream keeps everything.
    reading = ConsumerConfig(ack_policy=AckPolicy.NONE, mem_storage=True)
    async with connected(sys.argv[1], seed, authority=home.authority()) as client:
        js = client.jetstream()
        left = (await js.stream_info("FACTS")).state.messages
        reader = await js.pull_subscribe("", stream="FACTS", config=reading)
        while left > 0:
            found = await reader.fetch(_AT_ONCE, timeout=20)
            sys.stdout.buffer.write(b"".join(one.data + b"\n" for one in found))
            left -= len(found)


asyncio.run(main())
