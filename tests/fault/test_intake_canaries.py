"""A person's name in every field of everything that may come in: none is readable afterwards.

Every example of a fact with the name in each of its texts, every field of the national payloads,
broken bodies, a broker that is away. What a service keeps or says is then searched: the log, the
sealed rejects as stored, SQLite, log lines, metrics, the lists of the desk.
"""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from services.intake.parts import Parts
from shared.events.envelope import EVENT_TYPES
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, fold_all, intake_client, intake_parts
from tests.support.intake import AUTHORIZATION, PUBLISHER, STRUCTURED
from tests.unit.services.intake.sources.dvcqg.payloads import dossier, sync

NOW = datetime(2026, 12, 4, 3, 0, tzinfo=UTC)
CANARY = "Nguyễn Thị Canary 7391"
EXAMPLES = Path("shared/events/examples")
NOUNS = ("dossier", "petition", "procedure", "document", "measure", "source")
# What an officer writes in words, with a name: docs/privacy.md says so. Nothing else takes a name.
FREE_TEXT = {
    "dossier.explained.v1 data.explanation", "dossier.explained.v1 data.by",
    "dossier.apologised.v1 data.by",
}  # fmt: skip
PAGES = (
    "/", "/settled", "/publishers", f"/publishers/{PUBLISHER}", "/unknown", "/docs",
    "/rejects.csv", "/unknown.csv", "/v1/rejects", f"/v1/publishers/{PUBLISHER}/report",
)  # fmt: skip


@pytest.fixture
def wire() -> FakeWire:
    return FakeWire()


@pytest.fixture
def parts(tmp_path: Path, wire: FakeWire) -> Parts:
    return intake_parts(tmp_path, clock=FakeClock(NOW), wire=wire)


def texts(value: Any, path: str = "") -> Iterator[str]:
    """The place of every text in a document: `data.reason`, `data.items.0`."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        here = f"{path}.{key}" if path else str(key)
        if isinstance(inner, dict | list):
            yield from texts(inner, here)
        elif isinstance(inner, str):
            yield here


def replaced(document: dict[str, Any], place: str, text: str) -> dict[str, Any]:
    """The document with another text there."""
    copy: Any = json.loads(json.dumps(document))
    *way, last = place.split(".")
    inner = copy
    for key in way:
        inner = inner[int(key) if isinstance(inner, list) else key]
    inner[int(last) if isinstance(inner, list) else last] = text
    return dict(copy)


def planted() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every text of every example replaced by the name, and the name as a field's own name."""
    for name in sorted(EVENT_TYPES):
        if name.startswith(NOUNS):
            example = json.loads((EXAMPLES / f"{name}.json").read_text())
            for derived in ("recordedtime", "digest"):
                example.pop(derived, None)
            example.get("data", {}).pop("contact_ref", None)
            for number, place in enumerate(texts(example)):
                changed = replaced(example, place, CANARY)
                if place != "id":
                    changed["id"] = f"{example['id']}:{number}"
                yield f"{name} {place}", changed
            yield f"{name} unknown", {**example, "data": {**example["data"], CANARY: CANARY}}


async def post(client: AsyncClient, body: Any, where: str = "/v1/events", **more: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.post(where, content=content, headers={**STRUCTURED, **more})


async def national(client: AsyncClient) -> None:
    """The name in every text of a payload, one at a time, and in all of the personal ones."""
    payload = sync(dossier())
    for place in texts(payload):
        await post(client, replaced(payload, place, CANARY), "/v1/dvcqg/DongBoHoSoMC")
    await post(client, {"data": CANARY}, "/v1/dvcqg/CapNhatTienDoHoSoMC")


async def broken(client: AsyncClient, wire: FakeWire) -> None:
    """Bodies, headers and tokens that cannot be used, and a broker that is away."""
    for body in (CANARY.encode(), f'{{"id": "{CANARY}'.encode(), CANARY.encode() + b"\xff\x00",
                 f'["{CANARY}"]'.encode(), CANARY.encode() * 400_000):  # fmt: skip
        await post(client, body)
    plain = CANARY.encode()
    await client.post("/v1/events", content=plain, headers={**AUTHORIZATION, "Content-Type": "x/y"})
    await post(client, {"id": CANARY}, "/v1/events", Authorization="Bearer Canary 7391")
    wire.is_away = True
    _, event = next(planted())
    await post(client, event)
    wire.is_away = False


async def shown(client: AsyncClient) -> dict[str, bytes]:
    """What the desk's lists, the report and the metrics say."""
    found = {page: (await client.get(page, headers=AUTHORIZATION)).content for page in PAGES}
    return {**found, "/metrics": (await client.get("/metrics")).content}


def stored(home: Path) -> bytes:
    """Everything in the service's own files."""
    return b"".join(path.read_bytes() for path in home.glob("*.db*"))


async def test_a_name_is_found_nowhere_but_under_the_seal(
    parts: Parts, wire: FakeWire, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    accepted = set()
    async with intake_client(parts, tmp_path) as client:
        for what, body in planted():
            before = len(wire.facts)
            answer = await post(client, body)
            assert "Canary" not in answer.text or what.endswith(" id"), what
            if any(b"Canary" in fact.body for fact in wire.facts[before:]):
                accepted.add(what)
                del wire.facts[before:]
        await national(client)
        await broken(client, wire)
        await fold_all(wire, parts.rejects)
        pages = await shown(client)
    parts.facts.save()
    places = {
        **pages,
        "FACTS": b"".join(one.subject.encode() + one.body for one in wire.facts),
        "REJECTS": b"".join(one.subject.encode() + one.body for one in wire.rejects),
        "files": stored(tmp_path),
        "log": repr([vars(record) for record in caplog.records]).encode(),
    }

    assert len(wire.rejects) > 150
    assert accepted == FREE_TEXT
    assert [name for name, content in places.items() if b"Canary" in content] == []
