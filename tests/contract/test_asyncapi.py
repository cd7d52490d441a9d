"""docs/asyncapi.json tells integrators what the code does, and nothing else."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from motcua.asyncapi import DOCUMENT, as_text, document
from shared.bus.streams import core_streams
from shared.bus.subjects import INTAKE_NOUNS
from shared.events.envelope import EVENT_TYPES

MADE = document()


def values_of(tree: Any, wanted: str) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == wanted and isinstance(value, str):
                yield value
            yield from values_of(value, wanted)
    elif isinstance(tree, list):
        for one in tree:
            yield from values_of(one, wanted)


def at(pointer: str) -> Any:
    place: Any = MADE
    for step in pointer.removeprefix("#/").split("/"):
        place = place[step]
    return place


def test_the_committed_document_is_current() -> None:
    assert DOCUMENT.read_text("utf-8") == as_text(MADE), "Run `python -m motcua.asyncapi`"


def test_it_has_the_structure_of_asyncapi_3() -> None:
    padded = copy.deepcopy(MADE)
    padded["servers"]["nats"]["pathname"] = "/"  # that model wants it, the specification does not

    read = ApplicationSchema.model_validate(padded)

    assert set(read.channels) == {*EVENT_TYPES, "submit", "verdict"}


def test_every_reference_leads_somewhere() -> None:
    references = set(values_of(MADE, "$ref"))

    assert len(references) > 2 * len(EVENT_TYPES)
    assert all(isinstance(at(reference), dict) for reference in references)


def test_every_operation_and_channel_is_told_in_words() -> None:
    assert all(channel["description"] for channel in MADE["channels"].values())
    assert all(operation["summary"] for operation in MADE["operations"].values())
    assert {operation["action"] for operation in MADE["operations"].values()} == {"send", "receive"}


def test_a_braced_name_in_an_address_is_a_described_parameter() -> None:
    for channel in MADE["channels"].values():
        address = channel["address"] or ""
        braced = {part[1:-1] for part in address.split(".") if part.startswith("{")}
        assert braced == set(channel.get("parameters", {}))


def test_every_address_of_a_fact_falls_into_a_stream() -> None:
    roots = {subject.removesuffix(".>") for s in core_streams() for subject in s.subjects or []}

    nouns = {MADE["channels"][name]["address"].partition(".")[0] for name in EVENT_TYPES}

    assert nouns <= roots


def test_a_publisher_is_shown_what_intake_accepts_and_nothing_else() -> None:
    offered = set(MADE["channels"]["submit"]["messages"])

    assert offered == {name for name in EVENT_TYPES if name.partition(".")[0] in INTAKE_NOUNS}


def test_no_pattern_needs_a_python_reader() -> None:
    assert not [p for p in values_of(MADE, "pattern") if "\\A" in p or "\\Z" in p]


def test_every_message_shows_an_example_of_its_own_type() -> None:
    for name in EVENT_TYPES:
        message = MADE["components"]["messages"][name]
        assert [example["payload"]["type"] for example in message["examples"]] == [name]
        assert json.dumps(message["payload"]["properties"]["type"]) == json.dumps({"const": name})
