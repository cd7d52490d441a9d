"""The figures of the plans of Bình Định 2019 and Bắc Giang 2024, counted from facts."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from services.postal_gateway.domain.parcels import CounterKey, PostProjection
from services.postal_gateway.domain.shares import (
    MINIMUM_DOSSIERS,
    MINIMUM_PROCEDURES,
    PostShare,
    share_of,
)
from shared.events.dossier import DossierReceived
from shared.events.fields import Channel, ResultDelivery
from shared.rules.targets import plans
from tests.support.dossiers import said

PROJECTION = PostProjection()


class Province:
    """Dossiers as facts, folded and counted as the gateway counts them."""

    def __init__(self, first_day: datetime) -> None:
        self._day = first_day
        self.counters: Counter[CounterKey] = Counter()
        self._number = 0

    def receive(
        self, agency: str, procedure: int, *, by_post: bool = False, home: bool = False
    ) -> None:
        self._number += 1
        event = DossierReceived(
            agency_code=agency, procedure_code=f"1.{procedure:06d}",
            channel=Channel.POSTAL if by_post else Channel.DIRECT,
            result_delivery=ResultDelivery.POSTAL if home else ResultDelivery.COUNTER,
        )  # fmt: skip
        at = self._day + timedelta(hours=self._number % 1000)
        code = f"{agency}-190101-{self._number:05d}"
        state = PROJECTION.step(None, said(event, code, at), code)
        for key, count in PROJECTION.contribution(code, state, 0):
            self.counters[key] += count


def binh_dinh() -> tuple[PostShare, list[str]]:
    """Say that of 23 units ten have none, of 100 procedures 45, of 10,000 dossiers 1,300 by post.

    Every procedure has dossiers at the desk as well.
    """
    units = [f"H08.{n:02d}" for n in range(1, 24)]
    province = Province(datetime(2019, 1, 2, tzinfo=UTC))
    for number in range(8_700):
        province.receive(units[number % 23], 1 + number % 100)
    for number in range(1_300):
        province.receive(units[10 + number % 13], 1 + number % 45, by_post=True)
    return share_of(province.counters, first="2019-01", last="2019-06", agencies=units), units


def test_binh_dinh_in_the_first_half_of_2019() -> None:
    share, units = binh_dinh()

    assert (share.dossiers_received, share.dossiers) == (1_300, 10_000)
    assert share.received_ratio == 0.13
    assert (share.procedures_either, share.procedures) == (45, 100)
    assert share.procedure_ratio == 0.45
    assert share.units_with_none == tuple(units[:10])


def test_what_the_plan_measured_lies_not_above_the_minimum_that_it_names() -> None:
    share, _ = binh_dinh()

    assert share.received_ratio is not None
    assert share.procedure_ratio is not None
    assert share.received_ratio <= MINIMUM_DOSSIERS
    assert share.procedure_ratio <= MINIMUM_PROCEDURES


def test_bac_giang_wants_a_fifth_received_or_returned_by_post() -> None:
    (target,) = [
        one for one in plans()["bac-giang-2024"].target
        if one.key == "dossiers_received_and_returned_by_bcci"
    ]  # fmt: skip
    province = Province(datetime(2024, 2, 1, tzinfo=UTC))
    for number in range(1_000):
        province.receive("H02.01", 1, by_post=number < 60, home=40 <= number < 200)

    share = share_of(province.counters, first="2024-01", last="2024-12")

    assert (share.dossiers_received, share.dossiers_returned) == (60, 160)
    assert share.dossiers_either == 200  # who does both counts once
    assert share.either_ratio == 0.2 == target.threshold
    assert target.is_met(share.dossiers_either, share.dossiers)
    assert not target.is_met(share.dossiers_either - 1, share.dossiers)


def test_only_the_months_asked_for_count_and_nothing_is_none() -> None:
    province = Province(datetime(2024, 2, 1, tzinfo=UTC))
    province.receive("H02.01", 1, by_post=True)

    outside = share_of(province.counters, first="2024-03", last="2024-12", agencies=["H02.01"])

    assert outside.received_ratio is None
    assert outside.procedure_ratio is None
    assert outside.units_with_none == ("H02.01",)
