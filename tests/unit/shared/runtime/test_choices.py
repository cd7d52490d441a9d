"""A list refuses to be another one than was asked for."""

import pytest

from shared.desk import Choice, Filter, ListShape
from shared.runtime import Refusal, require_choices

LEGS = [Choice("return", "Trả kết quả"), Choice("pickup", "Nhận hồ sơ")]


def shape(*choices: Choice) -> ListShape[str]:
    return ListShape((), [Filter("chang", "Chặng", choices=choices), Filter("tim", "Tìm")])


def test_a_choice_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(Refusal) as refused:
        require_choices({"chang": "retrun"}, shape(*LEGS))

    assert refused.value.status_code == 422
    assert refused.value.body.message_vi == "Bộ lọc “Chặng” không có lựa chọn này."
    (fault,) = refused.value.body.fields
    assert (fault.field, fault.expected) == (
        "chang", "return (Trả kết quả), pickup (Nhận hồ sơ)",
    )  # fmt: skip


def test_what_is_offered_typed_or_left_empty_passes() -> None:
    for query in ({"chang": "return"}, {"chang": ""}, {"tim": "bất kỳ"}, {"trang": "2"}):
        require_choices(query, shape(*LEGS))


def test_of_a_hundred_choices_the_first_are_named() -> None:
    many = [Choice(f"H44.{n:02d}", f"Xã {n}") for n in range(100)]

    with pytest.raises(Refusal) as refused:
        require_choices({"chang": "x"}, shape(*many))

    assert refused.value.body.fields[0].expected.endswith("H44.11 (Xã 11), …")
