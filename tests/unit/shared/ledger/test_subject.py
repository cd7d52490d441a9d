"""What a record keeps of its facts, and how it knows them again."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.envelope import stamped
from shared.ledger.subject import (
    ENTRY_BYTES,
    MARK_BYTES,
    Outcome,
    entry_of,
    is_late,
    mark_of,
    marked_sequences_in,
    microseconds,
    seen_before,
    sequences_in,
)
from tests.support.facts import minute, received, resolved

SMALL_MARKS = st.binary(min_size=MARK_BYTES, max_size=MARK_BYTES).map(
    lambda raw: bytes(byte % 2 for byte in raw)  # so that one mark often lies across two others
)


@given(st.lists(st.tuples(SMALL_MARKS, st.integers(1, 2**40 - 1)), max_size=6), SMALL_MARKS)
def test_a_fact_is_known_by_its_own_entry_and_by_no_bytes_across_two(
    entries: list[tuple[bytes, int]], wanted: bytes
) -> None:
    facts = b"".join(entry_of(mark, sequence) for mark, sequence in entries)
    of_same_identity = [mark for mark, _ in entries if mark[:8] == wanted[:8]]

    found = seen_before(facts, wanted)

    if not of_same_identity:
        assert found is None
    else:
        same = of_same_identity[0] == wanted
        assert found is (Outcome.DUPLICATE if same else Outcome.REJECTED)
    assert len(facts) == ENTRY_BYTES * len(entries)
    assert marked_sequences_in(facts) == entries
    assert sequences_in(facts) == [sequence for _, sequence in entries]


def test_a_mark_is_the_same_with_and_without_the_recorders_digest() -> None:
    fact = received(1)
    other = resolved(1)

    assert mark_of(fact).hex() == (fact.digest or "")[:24]
    assert mark_of(fact) != mark_of(other)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)), st.integers(-840, 840))  # noqa: DTZ001 - the offset is added below
def test_microseconds_are_exact_whatever_the_offset(naive: datetime, offset: int) -> None:
    instant = naive.astimezone(minute(0).tzinfo) + timedelta(minutes=offset)

    exact = microseconds(instant)

    assert minute(0).replace(year=1970, month=1, day=1, hour=0) + timedelta(
        microseconds=exact
    ) == instant  # fmt: skip


@pytest.mark.parametrize(
    ("happened", "recorded", "says"),
    [
        ("2026-03-31T16:59:59+00:00", "2026-03-31T17:00:00+00:00", "late"),  # midnight there
        ("2026-03-31T17:00:00+00:00", "2026-04-30T16:59:59+00:00", "in time"),
        ("2026-12-31T16:00:00+00:00", "2026-12-31T18:00:00+00:00", "late"),
        ("2026-04-02T00:00:00+00:00", "2026-03-31T00:00:00+00:00", "in time"),
    ],
)
def test_late_is_recorded_in_a_later_month_of_viet_nam(
    happened: str, recorded: str, says: str
) -> None:
    at = datetime.fromisoformat(happened)
    minutes = (at - minute(0)).total_seconds() / 60
    fact = stamped(
        received(1, at=minutes), source="mcdt-tinh", recorded_at=datetime.fromisoformat(recorded)
    )

    assert is_late(fact) is (says == "late")
