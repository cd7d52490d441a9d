"""The short form of `make fuzz`: a few hundred inputs an entry, the same seed every time."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.bodies import TooManyError, UnsupportedError, split
from shared.bus.codec import decoded_event
from shared.errors import InvalidFact
from shared.events.envelope import digest_of

from .entries import run_entry
from .mutations import examples
from .tally import Tally, guarded_against_hangs

SEED = 20260304

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KINDS = st.sampled_from(["application/json", "application/cloudevents-batch+json",
                         "application/x-ndjson", "application/cloudevents+json", ""])  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "count"), [("http", 1_000), ("nats", 1_200), ("dvcqg", 500), ("import", 1_000)]
)
async def test_whatever_arrives_is_recorded_or_refused_for_one_closed_reason(
    entry: str, count: int
) -> None:
    with guarded_against_hangs():
        tally = await run_entry(entry, SEED, count)

    assert tally.passed, (tally.line(), tally.faults)


@pytest.mark.broker
async def test_whatever_a_carrier_sends_is_stored_or_refused() -> None:
    with guarded_against_hangs():
        tally = await run_entry("webhooks", SEED, 400)

    assert tally.passed, (tally.line(), tally.faults)
    assert tally.outcomes["stored"] + tally.outcomes["not_ours"] > 30


@given(st.data(), JSON)
def test_any_value_in_any_place_of_an_event_is_a_fact_or_has_a_reason(
    data: st.DataObject, value: Any
) -> None:
    event = deepcopy(data.draw(st.sampled_from(examples())))
    holder = event["data"] if data.draw(st.booleans()) else event
    holder[data.draw(st.sampled_from(sorted(holder)) | st.text(max_size=10))] = value

    try:
        found = decoded_event(json.dumps(event).encode("utf-8", "surrogatepass"))
    except InvalidFact:  # its reason is of the closed list
        return
    assert digest_of(found)


@given(st.binary(max_size=400) | JSON.map(lambda value: json.dumps(value).encode()), KINDS)
def test_any_bytes_are_split_into_events_or_refused(body: bytes, kind: str) -> None:
    try:
        found = split(body, {"content-type": kind})
    except (UnsupportedError, TooManyError):
        return
    assert isinstance(found.is_single, bool)


def test_an_oracle_that_finds_nothing_is_none() -> None:
    tally = Tally("http", SEED, 1)

    with tally.one_input():
        tally.refused("because")

    assert not tally.passed
    assert tally.crashes == 1
