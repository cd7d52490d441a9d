"""Batches, repeats and conflicts, on a log in memory."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import msgspec
import pytest

from services.intake.domain.answers import Outcome
from services.intake.domain.steps import Step
from services.intake.ledger import FactsFold
from services.intake.ledger.facts import Recall
from services.intake.parts import Parts
from services.intake.recorder import Recorder
from shared.bus.publishing import Appended, LogMessage
from shared.errors import TemporarilyUnavailable
from shared.events import dossier
from shared.events.envelope import Fact
from tests.support.facts import AGENCY, code, minute, received, recorded, resolved
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, fold_all, intake_parts
from tests.support.waiting import until

VIET_NAM = timezone(timedelta(hours=7))
ACCEPTED, DUPLICATE, CONFLICT = Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.CONFLICT


@pytest.fixture
def wire() -> FakeWire:
    return FakeWire()


@pytest.fixture
def parts(tmp_path: Path, wire: FakeWire) -> Parts:
    return intake_parts(tmp_path, clock=FakeClock(datetime(2026, 3, 4, tzinfo=UTC)), wire=wire)


@asynccontextmanager
async def running(recorder: Recorder) -> AsyncIterator[Recorder]:
    task = asyncio.create_task(recorder.run())
    try:
        yield recorder
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def other(fact_id: str, number: int = 1) -> Fact:
    """Another content under an id that is taken."""
    event = dossier.DossierResolved(agency_code=AGENCY)
    return recorded(event, id=fact_id, subject=code(number), at=5)


def due_in(zone: tzinfo) -> Fact:
    """The same fact as a publisher of that zone says it."""
    said = received(1)
    assert isinstance(said.data, dossier.DossierReceived)
    due_at = datetime(2026, 3, 9, 10, tzinfo=UTC).astimezone(zone)
    data = msgspec.structs.replace(said.data, due_at=due_at)
    return recorded(data, id=said.id, subject=said.subject, at=0)


async def outcomes(recorder: Recorder, *facts: Fact) -> list[Outcome]:
    return [one.outcome for one in await recorder.record(facts)]


async def test_a_fact_sent_again_is_a_duplicate_and_other_content_a_conflict(
    parts: Parts, wire: FakeWire
) -> None:
    async with running(parts.recorder) as recorder:
        assert await outcomes(recorder, received(1)) == [ACCEPTED]
        assert await outcomes(recorder, received(1)) == [DUPLICATE]
        assert await outcomes(recorder, other("1:received")) == [CONFLICT]
        await fold_all(wire, parts.facts)
        assert await outcomes(recorder, received(1)) == [DUPLICATE]
        assert await outcomes(recorder, other("1:received")) == [CONFLICT]

    assert len(wire.facts) == 1


async def test_a_due_time_said_again_in_another_zone_is_no_conflict(
    parts: Parts, wire: FakeWire
) -> None:
    async with running(parts.recorder) as recorder:
        assert await outcomes(recorder, due_in(UTC)) == [ACCEPTED]
        assert await outcomes(recorder, due_in(VIET_NAM)) == [DUPLICATE]

    assert len(wire.facts) == 1


async def test_a_repeat_of_what_an_older_release_recorded_is_a_duplicate(
    parts: Parts, wire: FakeWire
) -> None:
    """Until 0.1.0 the digest of a due time depended on the zone it was said in."""
    older = due_in(VIET_NAM).data
    said = msgspec.structs.replace(due_in(UTC), data=older, digest=due_in(UTC).digest)
    assert said.digest is not None
    said = msgspec.structs.replace(said, digest=f"{said.digest[:16]}{'0' * 16}")
    async with running(parts.recorder) as recorder:
        assert await outcomes(recorder, said) == [ACCEPTED]
        await fold_all(wire, parts.facts)

        found = await outcomes(recorder, due_in(UTC), due_in(VIET_NAM), other("1:received"))

    assert found == [DUPLICATE, DUPLICATE, CONFLICT]
    assert len(wire.facts) == 1


async def test_repeats_within_one_batch_share_the_verdict(parts: Parts, wire: FakeWire) -> None:
    async with running(parts.recorder) as recorder:
        found = await outcomes(recorder, received(1), received(1), other("1:received"), received(2))

    assert found == [ACCEPTED, DUPLICATE, CONFLICT, ACCEPTED]
    assert len(wire.facts) == 2


async def test_callers_of_the_same_moment_go_into_one_batch(parts: Parts, wire: FakeWire) -> None:
    async with running(parts.recorder) as recorder:
        await asyncio.gather(*(recorder.record([received(number)]) for number in range(1, 101)))

    assert wire.batches == [100]


async def test_a_thousand_facts_are_two_batches_answered_in_order(
    parts: Parts, wire: FakeWire
) -> None:
    facts = [received(number) for number in range(1, 1001)]

    async with running(parts.recorder) as recorder:
        found = await recorder.record(facts)

    assert [one.sequence for one in found] == list(range(1, 1001))
    assert wire.batches == [500, 500]


async def test_nothing_is_answered_as_stored_while_the_broker_is_away(
    parts: Parts, wire: FakeWire
) -> None:
    wire.is_away = True

    async with running(parts.recorder) as recorder:
        with pytest.raises(TemporarilyUnavailable):
            await recorder.record([received(1)])
        wire.is_away = False

        assert await outcomes(recorder, received(1)) == [ACCEPTED]


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
    narrow = Recorder(wire, parts.facts, gate=lambda: "", queue_max_count=2)
    closed = Recorder(wire, parts.facts, gate=lambda: "3 messages behind")

    with pytest.raises(TemporarilyUnavailable, match="too much waits"):
        await narrow.record([received(n) for n in range(3)])
    with pytest.raises(TemporarilyUnavailable, match="3 messages behind"):
        await closed.record([received(1)])


async def test_a_gate_that_closed_while_a_known_repeat_waited_refuses_it(
    parts: Parts, wire: FakeWire
) -> None:
    why: list[str] = []
    async with running(Recorder(wire, parts.facts, gate=lambda: "".join(why))) as recorder:
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


async def test_who_comes_while_the_log_gives_no_answer_is_told_at_once(
    parts: Parts, wire: FakeWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence = asyncio.Event()

    async def unanswered(messages: Sequence[LogMessage]) -> list[Appended]:
        await silence.wait()
        return await FakeWire.append_facts(wire, messages)

    monkeypatch.setattr(wire, "append_facts", unanswered)
    async with running(Recorder(wire, parts.facts, gate=str, patience_seconds=0.0)) as recorder:
        first = asyncio.create_task(recorder.record([received(1)]))
        await until(lambda: recorder.batch_count == 1)

        with pytest.raises(TemporarilyUnavailable, match="no answer"):
            await recorder.record([received(2)])
        silence.set()

        assert [one.outcome for one in await first] == [ACCEPTED]
        assert [one.outcome for one in await recorder.record([received(2)])] == [ACCEPTED]


async def test_a_step_after_the_end_is_flagged_and_a_late_fact_is_not(
    parts: Parts, wire: FakeWire
) -> None:
    withdrawn = recorded(
        dossier.DossierWithdrawn(agency_code=AGENCY), id="1:withdrawn", subject=code(1), at=40
    )

    async with running(parts.recorder) as recorder:
        first = await recorder.record([resolved(1, at=30), received(1, at=0), withdrawn])
        await fold_all(wire, parts.facts)
        again = recorded(
            dossier.DossierAssigned(agency_code=AGENCY), id="1:a", subject=code(1), at=50
        )
        second = await recorder.record([again])

    assert [one.step for one in first] == [Step.LISTED, Step.LISTED, Step.ILLEGAL]
    assert [one.step for one in second] == [Step.ILLEGAL]


async def test_a_fact_read_back_before_its_answer_is_not_remembered_twice(
    parts: Parts, wire: FakeWire
) -> None:
    async with running(parts.recorder) as recorder:
        await recorder.record([received(n) for n in range(1, 4)])
        assert parts.facts.unfolded_count == 3
        await fold_all(wire, parts.facts)

    assert parts.facts.unfolded_count == 0


async def test_another_log_is_folded_from_its_beginning(parts: Parts, wire: FakeWire) -> None:
    async with running(parts.recorder) as recorder:
        await recorder.record([received(1)])
        await fold_all(wire, parts.facts)
        parts.facts.reset(1)
        wire.facts.clear()

        assert await outcomes(recorder, other("1:received")) == [ACCEPTED]

    assert parts.facts.position.rewinds == 1


async def test_what_was_folded_is_known_to_the_next_process(
    parts: Parts, wire: FakeWire, tmp_path: Path
) -> None:
    async with running(parts.recorder) as recorder:
        await recorder.record([received(1), received(2, at=1)])
    await fold_all(wire, parts.facts)
    parts.facts.save()
    parts.store.close()

    later = intake_parts(tmp_path, clock=FakeClock(minute(10)), wire=wire)

    assert isinstance(later.facts, FactsFold)
    async with running(later.recorder) as recorder:
        assert await outcomes(recorder, received(1)) == [DUPLICATE]
    standing = later.book.standing("mcdt-tinh", minute(10))
    assert standing.today[ACCEPTED] == 2
    assert [event.id for event in later.book.ring("mcdt-tinh")] == ["2:received", "1:received"]
