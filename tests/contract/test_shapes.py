"""A type only grows: what was once in the log can be read for ever."""

import copy

import pytest
from msgspec import Struct

from shared.events.fields import Instant
from tests.contract.shapes import Shape, additions, breaches, shape_of, shapes, written


def test_no_field_of_any_version_was_renamed_retyped_or_removed() -> None:
    found = breaches(written(), shapes())

    assert found == [], "\n".join(found)


def test_every_field_is_written_down() -> None:
    missing = additions(written(), shapes())

    assert missing == [], f"Run `python -m tests.contract.shapes` to write down {missing}"


def changed(field: str, **what: object) -> dict[str, Shape]:
    made = copy.deepcopy(written())
    made["dossier.received.v1"][field] |= what
    return made


def renamed() -> dict[str, Shape]:
    made = copy.deepcopy(written())
    shape = made["dossier.received.v1"]
    shape["due_date"] = shape.pop("due_on")
    return made


def without_a_type() -> dict[str, Shape]:
    return {name: shape for name, shape in written().items() if name != "dossier.paid.v1"}


def with_a_field(**field: object) -> dict[str, Shape]:
    made = copy.deepcopy(written())
    made["dossier.received.v1"]["counter_number"] = dict(field)
    return made


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (renamed(), "dossier.received.v1.due_on: removed or renamed"),
        (without_a_type(), "dossier.paid.v1: the type is gone"),
        (changed("due_on", schema={"type": "string"}), "dossier.received.v1.due_on: was"),
        (changed("channel", default="online"), "dossier.received.v1.channel: another default"),
        (with_a_field(schema={"type": "string"}), "counter_number: added without a default"),
    ],
)
def test_a_broken_promise_is_named_with_the_way_out(new: dict[str, Shape], says: str) -> None:
    (breach,) = breaches(written(), new)

    assert says in breach
    assert "v2" in breach


def test_a_field_added_with_a_default_breaks_nothing_and_has_to_be_written_down() -> None:
    grown = with_a_field(schema={"type": "string"}, default=None)

    assert breaches(written(), grown) == []
    assert additions(written(), grown) == ["dossier.received.v1.counter_number"]


def test_prose_may_change_and_a_type_may_not() -> None:
    class Before(Struct):
        """One wording."""

        at: Instant

    class After(Struct):
        """Another wording."""

        at: Instant

    class Retyped(Struct):
        at: str

    assert shape_of(Before) == shape_of(After)
    assert shape_of(Before) != shape_of(Retyped)
