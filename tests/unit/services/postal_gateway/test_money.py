"""What was collected and what came, per day and post office; claims and their legal deadlines."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.postal_gateway.domain.limits import shipped
from services.postal_gateway.domain.money import (
    ClaimKind,
    claim_duty,
    claim_terms,
    claim_until,
    compensation_min,
    fee_days,
)
from services.postal_gateway.domain.rows import ClaimRow, FeeRow
from services.postal_gateway.domain.states import LegState, Step
from shared.calendar import load_calendar
from shared.calendar.civil_time import epoch_of

CALENDAR = load_calendar(first_year=2025, last_year=2027)
CLAIMS = shipped()[0].claims
MONDAY = datetime(2026, 3, 9, 3, 0, tzinfo=UTC)


def fee(dossier: str, kind: str, amount: int, days: float, office: str = "HN1") -> FeeRow:
    at = epoch_of(MONDAY + timedelta(days=days))
    return FeeRow(dossier, 0, kind, at, "H44.01", office, amount, "")


def claim(kind: str = "loss", *, settled: date | None = None, **more: int) -> ClaimRow:
    opened = epoch_of(datetime(2026, 3, 31, 3, tzinfo=UTC))
    answered = epoch_of(datetime(settled.year, settled.month, settled.day, 3, tzinfo=UTC)) if (
        settled) else None  # fmt: skip
    return ClaimRow(
        "D", 0, "return", 1, "H44.01", kind, opened, more.get("charge", 30_000), answered,
        more.get("paid", 0), bool(more.get("refused", 0)),
    )  # fmt: skip


def test_each_day_and_office_shows_what_did_not_come() -> None:
    rows = [
        fee("A", "collected", 50_000, 0), fee("A", "remitted", 50_000, 3),
        fee("B", "collected", 30_000, 0), fee("B", "remitted", 10_000, 2),
        fee("C", "collected", 20_000, 0, "HN2"), fee("D", "collected", 7_000, 1),
    ]  # fmt: skip

    days = {(one.day, one.office): one for one in fee_days(rows, CALENDAR, epoch_of(MONDAY))}

    first = days[date(2026, 3, 9), "HN1"]
    assert (first.collected, first.remitted, first.difference) == (80_000, 60_000, 20_000)
    assert first.dossiers == ("B",)
    assert days[date(2026, 3, 9), "HN2"].difference == 20_000
    assert days[date(2026, 3, 10), "HN1"].dossiers == ("D",)


def test_too_much_and_too_little_do_not_hide_each_other() -> None:
    rows = [
        fee("A", "collected", 10_000, 0), fee("A", "remitted", 20_000, 1),
        fee("B", "collected", 10_000, 0),
    ]  # fmt: skip

    (day,) = fee_days(rows, CALENDAR, epoch_of(MONDAY))

    assert day.difference == 0
    assert day.dossiers == ("A", "B")


@pytest.mark.parametrize(("days", "is_overdue"), [(7, False), (7.1, True)])
def test_a_fee_is_overdue_after_five_working_days(days: float, *, is_overdue: bool) -> None:
    rows = [fee("A", "collected", 10_000, 0)]

    (day,) = fee_days(rows, CALENDAR, epoch_of(MONDAY + timedelta(days=days)))

    assert day.is_overdue is is_overdue


def test_nothing_collected_is_no_day() -> None:
    assert fee_days([], CALENDAR, 0) == []


@pytest.mark.parametrize(
    ("kind", "last_day", "least"),
    [
        (ClaimKind.LOSS, date(2026, 9, 9), 120_000),
        (ClaimKind.DAMAGE, date(2026, 4, 9), 120_000),
        (ClaimKind.LATENESS, date(2026, 9, 9), 30_000),
    ],
)
def test_a_claim_has_the_months_and_the_least_of_the_law(
    kind: ClaimKind, last_day: date, least: int
) -> None:
    assert claim_until(kind, date(2026, 3, 9), CLAIMS) == last_day
    assert compensation_min(kind, 30_000, CLAIMS) == least


def test_the_carrier_answers_within_two_months_and_pays_within_thirty_days() -> None:
    waiting = claim_duty(claim())
    short = claim_duty(claim(settled=date(2026, 4, 20), paid=100_000))
    whole = claim_duty(claim(settled=date(2026, 4, 20), paid=120_000))
    refused = claim_duty(claim(settled=date(2026, 4, 20), refused=1))

    assert (waiting.answer_due, waiting.is_overdue(date(2026, 5, 31))) == (
        date(2026, 5, 31), False,
    )  # fmt: skip
    assert waiting.is_overdue(date(2026, 6, 1))
    assert (short.pay_due, short.owed) == (date(2026, 5, 20), 20_000)
    assert (whole.pay_due, whole.owed) == (None, 0)
    assert not refused.is_overdue(date(2030, 1, 1))


def leg(status: str, *days: tuple[str, float], damaged: bool = False) -> LegState:
    steps = tuple(Step(name, epoch_of(MONDAY + timedelta(days=at))) for name, at in days)
    return LegState("return", 1, status, steps[-1].at, steps=steps, is_damaged=damaged)


HANDED = ("handed_to_carrier", 0.0)  # due three working days later: Thursday 12/3


@pytest.mark.parametrize(
    ("what", "terms"),
    [
        (leg("delivered", HANDED, ("delivered", 3.0)), ()),  # to its last second
        (
            leg("delivered", HANDED, ("delivered", 3.1)),
            ((ClaimKind.LATENESS, date(2026, 9, 12)),),
        ),
        (leg("in_transit", HANDED), ((ClaimKind.LATENESS, date(2026, 9, 12)),)),
        (leg("lost", HANDED, ("lost", 9.0)), ((ClaimKind.LOSS, date(2026, 9, 12)),)),
        (
            leg("delivered", HANDED, ("delivered", 2.0), damaged=True),
            ((ClaimKind.DAMAGE, date(2026, 4, 11)),),  # a month after Wednesday 11/3
        ),
        (leg("returned_to_sender", HANDED, ("returned_to_sender", 20.0)), ()),
        (leg("ordered", ("ordered", 0.0)), ()),  # the carrier never had it
    ],
)
def test_what_went_wrong_may_be_claimed_until_its_day(
    what: LegState, terms: tuple[tuple[ClaimKind, date], ...]
) -> None:
    now = epoch_of(MONDAY + timedelta(days=30))

    found = claim_terms(what, "H44.01", CALENDAR, now)

    assert tuple((one.kind, one.until) for one in found) == terms
