"""The district's published row comes out of the facts alone, for any seed."""

from datetime import UTC, datetime, timedelta

import pytest

from motcua.simulate import simulate
from tests.unit.motcua.simulate.recount import row_of

# Monday 17/04/2023, when the desks close, and the last second of that day.
AT_CLOSING = datetime(2023, 4, 17, 10, tzinfo=UTC)
AT_MIDNIGHT = AT_CLOSING + timedelta(hours=7) - timedelta(seconds=1)


@pytest.mark.parametrize("seed", [1, 766, 2023])
def test_tay_son_gives_the_row_the_district_published(seed: int) -> None:
    facts = list(simulate("tay-son-2023", seed=seed))

    for as_of in (AT_CLOSING, AT_MIDNIGHT, AT_MIDNIGHT + timedelta(days=2)):
        row = row_of(facts, as_of)
        assert row.received == 10_000
        assert row.percent(row.on_time) == "92.74"
        assert row.overdue_open == 202
        assert row.percent(row.online) == "16.90"
        assert row.percent(row.paid_online, row.owing_a_fee) == "2.65"
        assert row.percent(row.digitised) == "19.14"
        assert row.percent(row.electronic_result) == "13.71"
        assert row.percent(row.reused) == "0.00"


def test_half_as_many_dossiers_keep_the_shares() -> None:
    row = row_of(simulate("tay-son-2023", 5_000, 3), AT_MIDNIGHT)

    assert row.received == 5_000
    assert row.overdue_open == 101
    assert row.percent(row.on_time) == "92.74"
