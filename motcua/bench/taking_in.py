"""Row: intake's recorder with synced storage, against single pipelined publishes."""

import asyncio
import base64
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from nats.aio.msg import Msg

from motcua.bench import corpus
from motcua.bench.broker import Address, broker
from motcua.bench.child import measured
from motcua.bench.folding import BenchClock, service_client
from motcua.bench.measuring import Goal, Row, row
from motcua.bench.plan import Plan
from services.intake.parts import Parts
from services.intake.settings import Settings
from shared.bus.publishing import LogWriter
from shared.events.envelope import LOG_DECODER
from shared.ledger.follower import Follower
from shared.observability import get_logger
from shared.runtime import Secret, settle_memory

_AT_LEAST_TIMES: Final = 8.0
_CALLER_FACTS: Final = 500
_CALLERS: Final = 4
_PIPELINED: Final = 512


async def intake(plan: Plan) -> list[Row]:
    """Record the same facts on a fresh log, round by round and side by side."""
    home = plan.home / "intake"
    home.mkdir()
    facts = corpus.told(max(1, plan.intake_facts // 8))[: plan.intake_facts]
    corpus.save(facts, home / "facts")
    corpus.save(facts[: max(1, len(facts) // 4)], home / "some")
    ours: list[float] = []
    singles: list[float] = []
    batches: list[float] = []
    for number in range(plan.rounds):
        for side, path, rates in (
            ("taking_in:recorded", "facts", ours),
            ("taking_in:pipelined", "some", singles),
            ("taking_in:appended", "facts", batches),
        ):
            data = home / f"{side.partition(':')[2]}-{number}"
            async with broker(data) as address:
                figures = await measured(
                    side, url=address.url, password=address.password, directory=str(data),
                    path=str(home / path),
                )  # fmt: skip
            rates.append(figures["facts"] / figures["seconds"])
    return [
        row(
            "intake", "Tiếp nhận: theo lô, đồng bộ xuống đĩa", "sự kiện/giây", ours=ours,
            yardstick=singles, yardstick_name="gửi lẻ nối tiếp không đợi",
            goal=Goal(at_least=_AT_LEAST_TIMES),
            note="ghi qua recorder của intake: xét trùng, gom lô, đọc lại",
            details={"log_writer_alone": batches},
        )
    ]  # fmt: skip


async def recorded(url: str, password: str, directory: str, path: str) -> dict[str, Any]:
    """Record saved facts through intake's own recorder, four callers of 500 at a time."""
    facts = [LOG_DECODER.decode(one.body) for one in corpus.load(path)]
    data = Path(directory)
    parts = Parts(_settings(data), clock=BenchClock(), log=get_logger("intake"))
    client = await service_client(url, password, user="intake")
    parts.wire.use(client)
    follower = Follower(client, parts.facts, service="intake", clock=parts.clock)
    parts.followers = (follower,)
    running = [asyncio.create_task(follower.run()), asyncio.create_task(parts.recorder.run())]
    groups = iter([facts[at : at + _CALLER_FACTS] for at in range(0, len(facts), _CALLER_FACTS)])
    while parts.why_closed():  # noqa: ASYNC110 - nobody tells when the gate opens
        await asyncio.sleep(0.01)
    settle_memory()
    started = time.perf_counter()
    await asyncio.gather(*(_caller(parts, groups) for _ in range(_CALLERS)))
    seconds = time.perf_counter() - started
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await client.close()
    return {"facts": len(facts), "seconds": seconds}


async def _caller(parts: Parts, groups: Any) -> None:
    for group in groups:
        await parts.recorder.record(group)


def _settings(data: Path) -> Settings:
    publishers = data / "publishers.json"
    publishers.write_text('{"publishers": []}', encoding="utf-8")
    key = base64.b64encode(bytes(32)).decode()
    return Settings(data=data, publishers=publishers, seal_key=Secret(key))


async def pipelined(url: str, password: str, directory: str, path: str) -> dict[str, Any]:
    """Publish singles without waiting for each: up to 512 unanswered."""
    del directory
    facts, client = corpus.load(path), await Address(url, password).client("intake")
    answered, slots = 0, asyncio.Semaphore(_PIPELINED)

    async def on_ack(message: Msg) -> None:
        nonlocal answered
        del message
        answered += 1
        slots.release()

    inbox = client.new_inbox()
    await client.subscribe(inbox, cb=on_ack)
    started = time.perf_counter()
    for fact in facts:
        await slots.acquire()
        headers = {"Nats-Msg-Id": fact.message_id}
        await client.publish(fact.subject, fact.body, reply=inbox, headers=headers)
    for _ in range(_PIPELINED):
        await slots.acquire()
    seconds = time.perf_counter() - started
    await client.close()
    return {"facts": answered, "seconds": seconds}


async def appended(url: str, password: str, directory: str, path: str) -> dict[str, Any]:
    """Append batches of 500 without asking what was there before: what the broker can take."""
    del directory
    client = await Address(url, password).client("intake")
    messages, writer = list(corpus.messages(corpus.load(path))), LogWriter(client, stream="FACTS")
    slots = asyncio.Semaphore(2)

    async def append(batch: Sequence[Any]) -> None:
        async with slots:
            await writer.append_all(batch)

    started = time.perf_counter()
    starts = range(0, len(messages), _CALLER_FACTS)
    await asyncio.gather(*(append(messages[at : at + _CALLER_FACTS]) for at in starts))
    seconds = time.perf_counter() - started
    await client.close()
    return {"facts": len(messages), "seconds": seconds}
