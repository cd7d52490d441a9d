"""What a list must refuse: an address that leads from a number to other things than it counts."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from shared.desk import ListShape, unknown_choice

from .refusals import FieldFault, Refusal

RowT = TypeVar("RowT")
_NAMED_MAX: Final = 12


def require_choices(query: Mapping[str, Any], shape: ListShape[RowT]) -> None:
    """Refuse an address that filters by a choice which the list does not have.

    A dropped filter would show a longer list than the number that led here, and say nothing.

    Raises:
        Refusal: 422, with the filter's name and what it takes.
    """
    filter_ = unknown_choice(query, shape)
    if filter_ is None:
        return
    named = [f"{one.value} ({one.label})" for one in filter_.choices[:_NAMED_MAX]]
    more = ["…"] if len(filter_.choices) > _NAMED_MAX else []
    raise Refusal(
        422,
        f"Bộ lọc “{filter_.label}” không có lựa chọn này.",
        "The filter has no such choice.",
        fields=[FieldFault(filter_.key, ", ".join([*named, *more]))],
    )
