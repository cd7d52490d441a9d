"""VNPost's bodies: what we send, and what we believe of an answer."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from services.postal_gateway.carriers.breaker import Breaker
from services.postal_gateway.carriers.vnpost.codes import meaning_of
from services.postal_gateway.carriers.vnpost.mapping import (
    UNREADABLE,
    TrackingAnswer,
    instant_of,
    order_body,
    page_of,
    text_of,
)
from services.postal_gateway.domain.orders import LegName, Meaning, Order
from shared.events.contact import Contact
from tests.support.dossiers import code_of


def page(*rows: dict[str, Any]) -> TrackingAnswer:
    return msgspec.convert({"data": [msgspec.Raw(msgspec.json.encode(r)) for r in rows]},
                           TrackingAnswer)  # fmt: skip


def row(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "orderNumber": code_of(1), "itemCode": "BC1VN", "statusCode": "4",
        "statusTime": "10/03/2026 12:00:00", "statusMessage": "không đọc",
    } | more  # fmt: skip


def test_a_time_without_a_zone_is_vietnamese() -> None:
    noon = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)

    assert instant_of("10/03/2026 12:00:00") == noon
    assert text_of(noon) == "10/03/2026 12:00:00"


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("1", Meaning.REGISTERED),
        ("3", Meaning.HANDED),
        ("4", Meaning.DELIVERED),
        ("100", Meaning.DELIVERED),
        ("170", Meaning.RETURNED),
        ("555", Meaning.UNKNOWN),
        ("", Meaning.UNKNOWN),
    ],
)
def test_a_code_nobody_told_us_stays_unknown(code: str, meaning: Meaning) -> None:
    assert meaning_of(code) is meaning


def test_rows_come_in_order_and_never_twice() -> None:
    found = page_of(page(row(9), row(7, statusCode=2), row(5)), last_row=5)

    assert [(one.row, one.meaning) for one in found.statuses] == [
        (7, Meaning.IN_TRANSIT), (9, Meaning.DELIVERED),
    ]  # fmt: skip
    assert found.last_row == 9
    assert page_of(page(), last_row=5).last_row == 5


@pytest.mark.parametrize(
    "fault",
    [
        {"statusTime": "31/02/2026 12:00:00"},
        {"statusTime": "yesterday"},
        {"orderNumber": "x" * 200},
        {"itemCode": "a b"},
        {"statusCode": None},
    ],
)
def test_a_row_that_does_not_fit_is_listed_and_hides_nothing_behind_it(
    fault: dict[str, Any],
) -> None:
    found = page_of(page(row(1, **fault), row(2)), last_row=0)

    assert [(one.code, one.meaning) for one in found.statuses] == [
        (UNREADABLE, Meaning.UNKNOWN), ("4", Meaning.DELIVERED),
    ]  # fmt: skip


def test_a_row_without_a_number_is_passed_over() -> None:
    assert [one.row for one in page_of(page(row(1, id="x"), row(2)), 0).statuses] == [2]


def test_an_order_names_the_dossier_and_sends_the_address_nowhere_else() -> None:
    contact = Contact(name="Người nhận thử", phone="0000 000 000", address="Số 1")

    body = order_body(Order(LegName(code_of(1)), "H44.01", contact), "MOTCUA")
    without = order_body(Order(LegName(code_of(1)), "H44.01"), "MOTCUA")

    assert body["orderNumber"] == code_of(1)
    assert body["receiver"]["Address"] == "Số 1"
    assert without["receiver"]["Desc"] == "Theo phiếu gửi hồ sơ"


def test_a_carrier_that_does_not_answer_is_left_alone_for_longer_each_time() -> None:
    breaker = Breaker()
    for _ in range(4):
        breaker.failed(100.0)
    assert not breaker.is_open(100.0)

    breaker.failed(100.0)
    assert breaker.is_open(114.9)
    assert not breaker.is_open(115.0)  # one may try

    breaker.failed(115.0)
    assert breaker.is_open(144.9)
    breaker.answered()
    assert not breaker.is_open(120.0)
