"""Three records of the same paper: every difference has a name and an owner."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.postal_gateway.domain.orders import Meaning, Standing, Status
from services.postal_gateway.domain.reconciling import compared, news
from services.postal_gateway.domain.rows import ParcelRow

NOW = 1_773_100_000
DAY = 86_400


def ours(status: str = "in_transit", **more: Any) -> ParcelRow:
    about: dict[str, Any] = {
        "dossier": "D1", "leg": "return", "attempt": 1, "agency": "H44.01", "carrier": "vnpost",
        "tracking": "T1", "status": status, "since": NOW - 9 * DAY, "is_open": True,
        "to_agency": "", "record": "BK-1", "item": "D1", "scanned": 0, "ordered": NOW - 9 * DAY,
        "handed": NOW - 8 * DAY, "received": None, "returned": None,
    }  # fmt: skip
    return ParcelRow(**{**about, **more})


def theirs(meaning: Meaning | None, item: str = "D1", number: str = "T1") -> Standing:
    at = datetime(2026, 3, 9, tzinfo=UTC)
    status = None if meaning is None else Status(7, item, number, "2", meaning, at)
    return Standing(item, number, status)


def kinds(row: ParcelRow, *stated: Standing) -> list[tuple[str, str]]:
    return [(d.kind, d.owner) for d in compared([row], stated, carrier="vnpost", now=NOW)]


@pytest.mark.parametrize(
    ("row", "stated", "expected"),
    [
        (ours(), [theirs(Meaning.IN_TRANSIT)], []),
        (ours(), [], [("not_at_carrier", "carrier")]),
        (ours(), [theirs(Meaning.DELIVERED)], [("carrier_ahead", "carrier")]),
        (ours("handed_to_carrier"), [theirs(Meaning.REGISTERED)], [("carrier_behind", "carrier")]),
        (ours(), [theirs(Meaning.IN_TRANSIT, number="T2")], [("other_number", "carrier")]),
        (
            ours(), [theirs(Meaning.IN_TRANSIT), theirs(Meaning.IN_TRANSIT)],
            [("ordered_twice", "gateway")],
        ),
        (
            ours(), [theirs(Meaning.IN_TRANSIT), theirs(None, "D9", "T9")],
            [("not_with_us", "gateway")],
        ),
        (ours(record=""), [theirs(Meaning.IN_TRANSIT)], [("handed_without_record", "agency")]),
        (
            ours("delivered", leg="pickup", item="D1_P1", record="", received=NOW, handed=None),
            [theirs(Meaning.DELIVERED, "D1_P1")], [("received_without_record", "agency")],
        ),
        (
            ours("delivered", is_open=False), [theirs(Meaning.DELIVERED)],
            [("delivered_not_returned", "agency")],
        ),
        (
            ours(returned=NOW - 2 * DAY), [theirs(Meaning.IN_TRANSIT)],
            [("returned_not_delivered", "agency")],
        ),
        (ours("cancelled", is_open=False, handed=None), [], []),
        (ours("requested", ordered=None, handed=None, tracking=""), [], []),
        (ours("handed_to_agency", leg="pickup", is_open=False), [theirs(Meaning.IN_TRANSIT)], []),
    ],
)  # fmt: skip
def test_a_difference_is_named_and_owned(
    row: ParcelRow, stated: list[Standing], expected: list[tuple[str, str]]
) -> None:
    assert kinds(row, *stated) == expected


def test_without_a_statement_the_carriers_side_is_left_out() -> None:
    assert compared([ours()], None, carrier="vnpost", now=NOW) == []
    (one,) = compared([ours(record="")], None, carrier="vnpost", now=NOW)

    assert one.kind == "handed_without_record"


def test_only_what_moves_a_parcel_is_news() -> None:
    by_item = {"D1": ours()}

    assert [one.meaning for one in news(by_item, [theirs(Meaning.DELIVERED)])] == [
        Meaning.DELIVERED
    ]
    for stated in (
        theirs(Meaning.HANDED), theirs(Meaning.IN_TRANSIT), theirs(None),
        theirs(Meaning.UNKNOWN), theirs(Meaning.DELIVERED, number="T2"),
        theirs(Meaning.DELIVERED, item="D9"),
    ):  # fmt: skip
        assert news(by_item, [stated]) == ()
