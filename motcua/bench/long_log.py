"""Rows about a long log: a number read from it, a restart, a rebuild, and the memory it takes."""

from typing import Any, Final

from motcua.bench import corpus
from motcua.bench.broker import Address, broker
from motcua.bench.child import measured
from motcua.bench.folding import last_sequence
from motcua.bench.measuring import Goal, Row, row
from motcua.bench.plan import LONG_FACTS, Plan

_READ_SHARE: Final = 0.005
_RESTART_SHARE: Final = 0.1
_REBUILD_TIMES: Final = 3.0
_BYTES: Final = 400.0
_BASE_DOSSIERS: Final = 12_000
_FACTS_A_DOSSIER: Final = 5


async def read_and_restart(plan: Plan) -> list[Row]:
    """Write one long log, fold it, and ask both the fold and a database."""
    home = plan.home / "long"
    home.mkdir()
    base = min(_BASE_DOSSIERS, max(60, plan.long_facts // _FACTS_A_DOSSIER // 4))
    corpus.save(corpus.told(base), home / "facts")
    path = str(home / "facts")
    scale = 1 + plan.long_facts // LONG_FACTS
    async with broker(home / "nats", scale=scale) as address:
        where = {"url": address.url, "password": address.password}
        await measured("filling:fill_copies", path=path, limit=plan.long_facts, **where)
        last = await last_sequence(address)
        rebuild = await _rebuild(plan, address, min(plan.segment_facts, last))
        full = await measured("folding:fold", directory=str(home / "full"), last=last, **where)
        starts = [
            await measured("restarting:restart", directory=str(home / "full"), **where)
            for _ in range(plan.rounds)
        ]
    asked = await measured("sql:asked", path=path, limit=plan.long_facts, times=plan.rounds)
    mine = await measured("restarting:read", directory=str(home / "full"), times=plan.rounds)
    return [_read_row(mine, asked, last), _restart_row(starts, full, last), rebuild]


def _read_row(mine: dict[str, Any], asked: dict[str, Any], last: int) -> Row:
    if mine["received"] != asked["received"]:
        raise RuntimeError("the fold and the query disagree about what was received")
    return row(
        "read", f"Đọc chỉ số sau {last} sự kiện", "ms",
        ours=[one * 1e3 for one in mine["seconds"]],
        yardstick=[one * 1e3 for one in asked["seconds"]],
        yardstick_name=f"truy vấn {asked['database']}", goal=Goal(at_most=_READ_SHARE),
        note=f"4 phép đếm × {len(mine['received'])} cơ quan; số tiếp nhận khớp nhau",
        details={"facts": last, "database": asked["database"]},
    )  # fmt: skip


def _restart_row(starts: list[dict[str, Any]], full: dict[str, Any], last: int) -> Row:
    return row(
        "restart", "Khởi động lại", "giây",
        ours=[one["seconds"] for one in starts],
        yardstick=[full["seconds"]] * len(starts),
        yardstick_name="dựng lại toàn bộ", goal=Goal(at_most=_RESTART_SHARE),
        note=f"{last} sự kiện, khoảng {last // _FACTS_A_DOSSIER} hồ sơ, {full['open']} đang mở",
        details={"facts": last, "open": full["open"],
                 "rebuild_facts_per_second": last / full["seconds"]},
    )  # fmt: skip


async def _rebuild(plan: Plan, address: Address, last: int) -> Row:
    where: dict[str, Any] = {"url": address.url, "password": address.password, "last": last}
    ours, floor = [], []
    for number in range(plan.rounds):
        mine = str(plan.home / "long" / f"segment-{number}")
        ours.append(await measured("folding:fold", directory=mine, **where))
        floor.append(await measured("folding:decode", **where))
    return row(
        "rebuild", "Dựng lại từ đầu, ghi bền", "giây",
        ours=[one["seconds"] for one in ours], yardstick=[one["seconds"] for one in floor],
        yardstick_name="chỉ đọc và giải mã", goal=Goal(at_most=_REBUILD_TIMES),
        note=f"{last} sự kiện đầu của nhật ký dài",
        details={"cpu_us_per_fact": [one["cpu_seconds"] / last * 1e6 for one in ours],
                 "yardstick_cpu_us_per_fact": [one["cpu_seconds"] / last * 1e6 for one in floor]},
    )  # fmt: skip


async def memory(plan: Plan) -> list[Row]:
    """Fold dossiers that stay open, start a fresh process on them, and weigh it."""
    home = plan.home / "memory"
    home.mkdir()
    base = min(_BASE_DOSSIERS, max(20, plan.open_dossiers // 4))
    corpus.save(corpus.told(base), home / "facts")
    grown = {"directory": str(home / "grown"), "path": str(home / "facts")}
    await measured("restarting:grow", wanted=plan.open_dossiers, **grown)
    weighed = [
        await measured("restarting:held", directory=grown["directory"], empty=str(home / "empty"))
        for _ in range(plan.rounds)
    ]
    count = weighed[0]["open"]
    estimate = weighed[0]["estimated_bytes"] / max(count, 1)
    return [
        row(
            "memory", "Bộ nhớ mỗi hồ sơ đang mở", "byte",
            ours=[one["resident_bytes"] / max(one["open"], 1) for one in weighed],
            goal=Goal(at_most=_BYTES),
            note=f"{count} hồ sơ; RSS tăng khi nạp lại; ước tính từ cấu trúc {estimate:.0f}",
            details={"open": count, "estimated_bytes": estimate},
        )
    ]  # fmt: skip
