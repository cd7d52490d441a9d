"""Every version has an example, exactly as it stands in the log, and it can be read for ever."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.bus.codec import decoded_event
from shared.bus.subjects import fact_subject
from shared.events.envelope import (
    EVENT_TYPES,
    LOG_DECODER,
    STRICT_DECODER,
    digest_of,
    encoded,
    stamped,
)

EXAMPLES = Path(__file__).parents[2] / "shared" / "events" / "examples"
FILES = sorted(EXAMPLES.iterdir())


def named(path: Path) -> str:
    return path.name.removesuffix(".json")


def submitted(path: Path) -> dict[str, Any]:
    """The example as its publisher sent it: without what the recorder adds."""
    example = json.loads(path.read_text("utf-8"))
    return {key: value for key, value in example.items() if key not in ("recordedtime", "digest")}


def test_every_version_has_an_example_and_no_example_is_an_orphan() -> None:
    assert {path.name for path in FILES} == {f"{name}.json" for name in EVENT_TYPES}


@pytest.mark.parametrize("path", FILES, ids=named)
def test_an_example_is_read_from_the_log_and_written_again_byte_for_byte(path: Path) -> None:
    fact = LOG_DECODER.decode(path.read_bytes())

    assert fact.type == named(path)
    assert msgspec.json.format(encoded(fact), indent=2) + b"\n" == path.read_bytes()


@pytest.mark.parametrize("path", FILES, ids=named)
def test_an_example_carries_the_digest_of_its_content(path: Path) -> None:
    fact = LOG_DECODER.decode(path.read_bytes())

    assert fact.recordedtime is not None
    assert fact.digest == digest_of(fact)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_an_example_keeps_every_bound_of_the_way_in(path: Path) -> None:
    stored = LOG_DECODER.decode(path.read_bytes())

    fact = decoded_event(json.dumps(submitted(path)).encode())

    assert stored.recordedtime is not None
    recorded = stamped(fact, source=stored.source, recorded_at=stored.recordedtime)
    assert encoded(recorded) == encoded(stored)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_stored_example_can_be_submitted_again_as_it_is(path: Path) -> None:
    assert STRICT_DECODER.decode(path.read_bytes()).type == named(path)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_an_example_has_a_place_in_the_stream(path: Path) -> None:
    fact = LOG_DECODER.decode(path.read_bytes())

    noun, what, *agency = fact_subject(fact).split(".")

    assert [noun, what] == fact.type.split(".")[:2]
    assert agency == getattr(fact.data, "agency_code", "_").split(".")


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_newer_writers_added_field_is_passed_over_in_the_log(path: Path) -> None:
    example = json.loads(path.read_text("utf-8"))
    example["data"]["added_in_the_next_release"] = {"deep": [1, 2]}
    example["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    fact = LOG_DECODER.decode(json.dumps(example).encode())

    assert encoded(fact) == encoded(LOG_DECODER.decode(path.read_bytes()))
