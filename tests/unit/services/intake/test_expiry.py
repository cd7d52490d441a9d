"""A reject that nobody settles: said for a month, closed by a record, gone a day later."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from httpx import AsyncClient

from services.intake.parts import Parts
from services.intake.rejects import DECODER, How, RejectSettled
from services.intake.wire import Keeping
from shared.errors import TemporarilyUnavailable
from shared.ledger.reader import Batch
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, intake_parts
from tests.support.intake import PUBLISHER, STRUCTURED, event

NOON = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
DAY = 86_400
KEPT = Keeping(180 * DAY, 1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


async def refused(client: AsyncClient, number: int = 1) -> None:
    body = event(number, now=NOON, subject="sai")
    await client.post("/v1/events", content=json.dumps(body), headers=STRUCTURED)


@pytest.mark.parametrize(
    ("days", "is_closed"), [(0, False), (178.99, False), (179, False), (179.01, True), (200, True)]
)
async def test_it_is_closed_a_day_before_it_is_gone(
    client: AsyncClient, parts: Parts, wire: FakeWire, clock: FakeClock, days: float,
    *, is_closed: bool,
) -> None:  # fmt: skip
    await refused(client)
    wire.keeping = KEPT

    clock.advance(days * DAY)
    await parts.expiry.look()
    await parts.expiry.look()

    assert parts.rejects.counts() == ((0, 1) if is_closed else (1, 0))
    said = [DECODER.decode(message.body) for message in wire.rejects[1:]]
    assert [one.how for one in said if isinstance(one, RejectSettled)] == [How.EXPIRED] * is_closed


async def test_metrics_and_desk_say_when_the_first_is_gone(
    client: AsyncClient, parts: Parts, wire: FakeWire, clock: FakeClock
) -> None:
    await refused(client)
    before = (await client.get("/metrics")).text
    wire.keeping = KEPT
    clock.advance(149 * DAY)
    await parts.expiry.look()
    quiet = (await client.get("/")).text
    clock.advance(2 * DAY)
    loud = (await client.get("/")).text
    metrics = (await client.get("/metrics")).text

    gone_at = int((NOON + timedelta(days=180)).timestamp())
    line = f'dvc_rejects_first_expiry_timestamp_seconds{{source="{PUBLISHER}"}}'
    assert line not in before
    assert f"{line} {gone_at}" in metrics
    assert "sắp hết hạn lưu" not in quiet
    assert "được giữ 180 ngày" in quiet
    assert "1 mục sắp hết hạn lưu" in loud
    assert "31/08/2026 12:00" in loud


async def test_what_its_age_closed_is_counted_while_it_is_on_the_list(
    client: AsyncClient, parts: Parts, wire: FakeWire, clock: FakeClock
) -> None:
    await refused(client)
    wire.keeping = KEPT
    clock.advance(179.5 * DAY)
    await parts.expiry.look()
    closed = (await client.get("/metrics")).text
    listed = (await client.get("/settled")).text

    wire.keeping = Keeping(180 * DAY, 2)  # the broker let go of the first message
    await parts.expiry.look()
    later = (await client.get("/metrics")).text

    assert f'dvc_rejects_expired{{source="{PUBLISHER}"}} 1' in closed
    assert "Hết hạn lưu, chưa ai xử lý" in listed
    assert "dvc_rejects_expired{" not in later
    assert parts.rejects.counts() == (0, 0)


async def test_what_is_open_stays_on_the_list_though_the_broker_let_go_of_it(
    client: AsyncClient, parts: Parts, wire: FakeWire
) -> None:
    """Intake was away when it went: it is closed by a record first, then taken off."""
    await refused(client)

    parts.rejects.forget_settled(before=100)

    assert parts.rejects.counts() == (1, 0)
    assert len(wire.rejects) == 1


async def test_a_fold_from_what_is_left_has_the_list_of_one_that_saw_everything(
    client: AsyncClient, parts: Parts, wire: FakeWire, clock: FakeClock, tmp_path: Path
) -> None:
    await refused(client, 1)
    clock.advance(20 * DAY)
    await refused(client, 2)
    wire.keeping = KEPT
    clock.advance(159.5 * DAY)
    await parts.expiry.look()
    wire.keeping = Keeping(180 * DAY, 2)
    await parts.expiry.look()

    anew = intake_parts(tmp_path / "anew", clock=clock, wire=FakeWire())
    left = [(n, one.body) for n, one in enumerate(wire.rejects, start=1) if n > 1]
    await anew.rejects.apply(Batch(left, wire.rejects[-1].message_id, 0), "the first log")

    for is_open in (True, False):
        assert anew.rejects.rows(is_open=is_open) == parts.rejects.rows(is_open=is_open)
    assert anew.rejects.counts() == (1, 0)


async def test_without_a_limit_nothing_is_closed_and_the_desk_says_so(
    client: AsyncClient, parts: Parts, clock: FakeClock
) -> None:
    await refused(client)
    clock.advance(1000 * DAY)
    unknown = (await client.get("/")).text

    await parts.expiry.look()

    assert "thời hạn lưu" not in unknown
    assert "motcua provision --limit-rejects" in (await client.get("/")).text
    assert parts.rejects.counts() == (1, 0)


async def test_without_the_broker_nothing_happens(
    client: AsyncClient, parts: Parts, wire: FakeWire, clock: FakeClock
) -> None:
    await refused(client)
    wire.keeping, wire.is_away = KEPT, True
    clock.advance(179.5 * DAY)

    with pytest.raises(TemporarilyUnavailable):
        await parts.expiry.look()

    wire.is_away = False
    await parts.expiry.look()
    assert parts.rejects.counts() == (0, 1)
