"""Who waits for whom, and what is refused at once, on a log in memory."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from services.intake.ledger.facts import Recall
from services.intake.parts import Parts
from services.intake.recorder import Recorder
from shared.bus.publishing import Appended, LogMessage
from shared.errors import TemporarilyUnavailable
from tests.support.facts import received
from tests.support.fake_wire import CaughtUp, FakeWire
from tests.support.waiting import until
from tests.unit.services.intake.recording import (
    ACCEPTED,
    CONFLICT,
    DUPLICATE,
    other,
    outcomes,
    running,
)


def recorder_on(parts: Parts, gate: Callable[[], str] = str, **more: Any) -> Recorder:
    return Recorder(parts.wire, parts.facts, gate=gate, folded_log=parts.folded_log, **more)


async def test_a_lost_answer_is_found_again_under_the_same_id(parts: Parts, wire: FakeWire) -> None:
    wire.lost_answers = 1

    async with running(parts.recorder) as recorder:
        with pytest.raises(TemporarilyUnavailable):
            await recorder.record([received(1)])

        assert await outcomes(recorder, other("1:received")) == [CONFLICT]
        assert await outcomes(recorder, received(1)) == [DUPLICATE]

    assert len(wire.facts) == 1


async def test_a_caller_who_waits_for_an_equal_fact_is_not_told_more_than_it(
    parts: Parts, wire: FakeWire
) -> None:
    wire.is_away = True

    async with running(parts.recorder) as recorder:
        both = await asyncio.gather(
            recorder.record([received(1)]), recorder.record([received(1)]), return_exceptions=True
        )

    assert [type(one) for one in both] == [TemporarilyUnavailable] * 2


async def test_a_repeat_in_the_next_batch_waits_for_the_first_and_learns_its_place(
    parts: Parts, wire: FakeWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, looked_up = asyncio.Event(), 0
    recall = parts.facts.recall

    def counted(identities: Sequence[int]) -> Mapping[int, Recall]:
        nonlocal looked_up
        looked_up += 1
        return recall(identities)

    async def slow(messages: Sequence[LogMessage]) -> list[Appended]:
        await disk.wait()
        return await FakeWire.append_facts(wire, messages)

    monkeypatch.setattr(wire, "append_facts", slow)
    monkeypatch.setattr(parts.facts, "recall", counted)
    async with running(parts.recorder) as recorder:
        first = asyncio.create_task(recorder.record([received(1)]))
        await until(lambda: looked_up == 1)
        again = asyncio.create_task(recorder.record([received(1)]))
        await until(lambda: looked_up == 2)

        assert not again.done()
        disk.set()

        assert [(one.outcome, one.sequence) for one in await first] == [(ACCEPTED, 1)]
        assert [(one.outcome, one.sequence) for one in await again] == [(DUPLICATE, 1)]


async def test_a_full_queue_and_a_closed_gate_refuse_at_once(parts: Parts, wire: FakeWire) -> None:
    narrow = recorder_on(parts, queue_max_count=2)
    closed = recorder_on(parts, lambda: "3 messages behind")

    with pytest.raises(TemporarilyUnavailable, match="too much waits"):
        await narrow.record([received(n) for n in range(3)])
    with pytest.raises(TemporarilyUnavailable, match="3 messages behind"):
        await closed.record([received(1)])


async def test_a_gate_that_closed_while_a_known_repeat_waited_refuses_it(
    parts: Parts, wire: FakeWire
) -> None:
    why: list[str] = []
    async with running(recorder_on(parts, lambda: "".join(why))) as recorder:
        await recorder.record([received(1)])

        waiting = asyncio.create_task(recorder.record([received(1)]))
        await asyncio.sleep(0)
        why.append("3 messages behind")

        with pytest.raises(TemporarilyUnavailable, match="3 messages behind"):
            await waiting


async def test_without_the_broker_not_even_a_repeat_is_known_to_be_one(
    parts: Parts, wire: FakeWire
) -> None:
    async with running(parts.recorder) as recorder:
        await recorder.record([received(1)])
        wire.is_away = True

        with pytest.raises(TemporarilyUnavailable, match="broker is away"):
            await recorder.record([received(1)])


async def test_a_repeat_is_not_called_one_when_the_log_was_made_anew(
    parts: Parts, wire: FakeWire
) -> None:
    async with running(parts.recorder) as recorder:
        await recorder.record([received(1)])
        wire.created = "another log"

        with pytest.raises(TemporarilyUnavailable, match="made anew"):
            await recorder.record([received(1), received(2)])
        with pytest.raises(TemporarilyUnavailable, match="made anew"):
            await recorder.record([other("1:received")])


async def test_what_was_appended_while_the_log_was_made_anew_is_said_again(
    parts: Parts, wire: FakeWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = CaughtUp()
    parts.followers = [follower]

    async def exchanged(messages: Sequence[LogMessage]) -> list[Appended]:
        follower.created = "another log"
        return await FakeWire.append_facts(wire, messages)

    monkeypatch.setattr(wire, "append_facts", exchanged)
    async with running(parts.recorder) as recorder:
        with pytest.raises(TemporarilyUnavailable, match="made anew"):
            await recorder.record([received(1)])

    assert parts.facts.unfolded_count == 0


async def test_a_conflict_that_could_not_be_looked_at_is_not_called_one(
    parts: Parts, wire: FakeWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unread(_stream: str, _sequences: Sequence[int]) -> dict[int, bytes]:
        raise TemporarilyUnavailable("away")

    async with running(parts.recorder) as recorder:
        await recorder.record([received(1)])
        monkeypatch.setattr(wire, "read", unread)

        with pytest.raises(TemporarilyUnavailable, match="away"):
            await recorder.record([other("1:received")])


async def test_who_comes_while_the_log_gives_no_answer_is_told_at_once(
    parts: Parts, wire: FakeWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence = asyncio.Event()

    async def unanswered(messages: Sequence[LogMessage]) -> list[Appended]:
        await silence.wait()
        return await FakeWire.append_facts(wire, messages)

    monkeypatch.setattr(wire, "append_facts", unanswered)
    async with running(recorder_on(parts, patience_seconds=0.0)) as recorder:
        first = asyncio.create_task(recorder.record([received(1)]))
        await until(lambda: recorder.batch_count == 1)

        with pytest.raises(TemporarilyUnavailable, match="no answer"):
            await recorder.record([received(2)])
        silence.set()

        assert [one.outcome for one in await first] == [ACCEPTED]
        assert [one.outcome for one in await recorder.record([received(2)])] == [ACCEPTED]


async def test_nobody_waits_for_a_log_that_gives_no_answer_and_what_is_under_way_goes_on(
    parts: Parts, wire: FakeWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = asyncio.Event()

    async def full(messages: Sequence[LogMessage]) -> list[Appended]:
        await disk.wait()
        return await FakeWire.append_facts(wire, messages)

    monkeypatch.setattr(wire, "append_facts", full)
    recorder = recorder_on(parts, patience_seconds=0.2)
    async with running(recorder), asyncio.timeout(5):
        told = await asyncio.gather(
            recorder.record([received(1)]), recorder.record([received(2)]), return_exceptions=True
        )
        disk.set()
        await until(lambda: len(wire.facts) == 2)

        assert [type(one) for one in told] == [TemporarilyUnavailable] * 2
        assert await outcomes(recorder, received(1)) == [DUPLICATE]
