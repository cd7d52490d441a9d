"""Batches, repeats and conflicts, on a log in memory."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import msgspec
import pytest

from services.intake.domain.steps import Step
from services.intake.ledger import FactsFold
from services.intake.parts import Parts
from shared.errors import TemporarilyUnavailable
from shared.events import dossier
from shared.events.envelope import Fact
from tests.support.facts import AGENCY, code, minute, received, recorded, resolved
from tests.support.fake_clock import FakeClock
from tests.support.fake_wire import FakeWire, fold_all, intake_parts
from tests.unit.services.intake.recording import (
    ACCEPTED,
    CONFLICT,
    DUPLICATE,
    other,
    outcomes,
    running,
)

VIET_NAM = timezone(timedelta(hours=7))


def due_in(zone: tzinfo) -> Fact:
    """The same fact as a publisher of that zone says it."""
    said = received(1)
    assert isinstance(said.data, dossier.DossierReceived)
    due_at = datetime(2026, 3, 9, 10, tzinfo=UTC).astimezone(zone)
    data = msgspec.structs.replace(said.data, due_at=due_at)
    return recorded(data, id=said.id, subject=said.subject, at=0)


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
