"""Row: scoring's counts with durable commits, against what a team would write first."""

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
    home = plan.home / "counts"
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
            rounds.append({
                "ours": await measured("folding:fold", directory=str(mine), last=last, **where),
                "plain": await measured("plain:faststream_handler", durable=f"p{number}", **slow),
                "loop": await measured("plain:nats_loop", durable=f"l{number}", **slow),
            })  # fmt: skip
    return [_against(rounds, "plain", last, part), _against(rounds, "loop", last, part)]


def _against(rounds: list[dict[str, Any]], other: str, last: int, part: int) -> Row:
    is_plain = other == "plain"
    return row(
        "counts" if is_plain else "counts-loop",
        "Chấm điểm: các phép đếm, ghi bền",
        "sự kiện/giây",
        ours=[last / one["ours"]["seconds"] for one in rounds],
        yardstick=[part / one[other]["seconds"] for one in rounds],
        yardstick_name="FastStream + pydantic" if is_plain else "vòng lặp nats-py",
        goal=Goal(at_least=_AT_LEAST_TIMES) if is_plain else None,
        note=f"{last} sự kiện; bên kia dừng ở {part}",
        details={
            "facts": last,
            "yardstick_facts": part,
            "cpu_us_per_fact": [one["ours"]["cpu_seconds"] / last * 1e6 for one in rounds],
            "yardstick_cpu_us_per_fact": [one[other]["cpu_seconds"] / part * 1e6 for one in rounds],
        },
    )


async def indicators(plan: Plan) -> list[Row]:
    """Say that scoring counts, and does not compute all indicators yet."""
    del plan
    goal = Goal(at_least=_ALL_INDICATORS_TIMES)
    return [
        row(
            "indicators", "Chấm điểm: mọi chỉ số và điểm, ghi bền", "sự kiện/giây", ours=(),
            yardstick_name="FastStream + pydantic", goal=goal,
            note="chưa có: scoring mới có các phép đếm (not yet)",
        )
    ]  # fmt: skip
