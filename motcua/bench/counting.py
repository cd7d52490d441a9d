"""Rows: scoring's fold with durable commits, without and with points, against a plain handler.

The plain handler keeps three counters and no state: what a team would write first.
"""

from typing import Any, Final

from motcua.bench import corpus
from motcua.bench.broker import broker
from motcua.bench.child import measured
from motcua.bench.folding import last_sequence
from motcua.bench.measuring import Goal, Row, row
from motcua.bench.plan import Plan

_AT_LEAST_TIMES: Final = 8.0
_ALL_INDICATORS_TIMES: Final = 5.0


async def counts(plan: Plan) -> list[Row]:
    """Fold one log with each side in turn; the slow sides stop after a part of it."""
    rounds, last, part = await _rounds(plan, "counts", "folding:fold", ("plain", "loop"))
    return [
        _against("counts", "Chấm điểm: các phép đếm, ghi bền", _AT_LEAST_TIMES, "plain",
                 rounds, last, part),
        _against("counts-loop", "Chấm điểm: các phép đếm, ghi bền", None, "loop",
                 rounds, last, part),
    ]  # fmt: skip


async def indicators(plan: Plan) -> list[Row]:
    """As `counts`, with every unit's indicators, points and rank worked out each second."""
    rounds, last, part = await _rounds(plan, "indicators", "folding:score", ("plain",))
    return [
        _against("indicators", "Chấm điểm: mọi chỉ số và điểm, ghi bền", _ALL_INDICATORS_TIMES,
                 "plain", rounds, last, part),
    ]  # fmt: skip


_OTHERS: Final = {
    "plain": ("plain:faststream_handler", "p", "FastStream + pydantic"),
    "loop": ("plain:nats_loop", "l", "vòng lặp nats-py"),
}


async def _rounds(
    plan: Plan, name: str, side: str, others: tuple[str, ...]
) -> tuple[list[dict[str, dict[str, Any]]], int, int]:
    home = plan.home / name
    home.mkdir()
    facts = corpus.told(plan.dossiers)
    corpus.save(facts, home / "facts")
    rounds: list[dict[str, dict[str, Any]]] = []
    async with broker(home / "nats") as address:
        where = {"url": address.url, "password": address.password}
        await measured("filling:fill", path=str(home / "facts"), **where)
        last = await last_sequence(address)
        part = min(plan.yardstick_facts, last)
        for number in range(plan.rounds):
            mine = home / f"scoring-{number}"
            slow = {"limit": part, **where}
            took = {"ours": await measured(side, directory=str(mine), last=last, **where)}
            for other in others:
                handler, letter, _ = _OTHERS[other]
                took[other] = await measured(handler, durable=f"{letter}{number}", **slow)
            rounds.append(took)
    return rounds, last, part


def _against(
    key: str, what: str, at_least: float | None, other: str, rounds: list[dict[str, Any]],
    last: int, part: int,
) -> Row:  # fmt: skip
    return row(
        key,
        what,
        "sự kiện/giây",
        ours=[last / one["ours"]["seconds"] for one in rounds],
        yardstick=[part / one[other]["seconds"] for one in rounds],
        yardstick_name=_OTHERS[other][2],
        goal=Goal(at_least=at_least) if at_least is not None else None,
        note=f"{last} sự kiện; bên kia dừng ở {part}",
        details={
            "facts": last,
            "yardstick_facts": part,
            "cpu_us_per_fact": [one["ours"]["cpu_seconds"] / last * 1e6 for one in rounds],
            "yardstick_cpu_us_per_fact": [one[other]["cpu_seconds"] / part * 1e6 for one in rounds],
        },
    )
